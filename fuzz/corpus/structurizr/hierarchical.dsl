workspace extends landscape.dsl {
    !identifiers hierarchical
    name "Shop, in detail"

    model {
        archetypes {
            service = container {
                technology "Rust"
                tags "Service"
            }
            queue = container {
                tags "Queue"
            }
            https = -> {
                technology "HTTPS"
            }
        }

        !element shop {
            api = service "API" {
                -> db "Reads" "SQL"
                in = component "Inbox"
            }
            db = container "Database"
            !include queue.dsl
        }
        stock = softwareSystem "Stock" {
            api = service "API" "Counts things."
        }

        buyer --https-> shop.api "Buys with"
        shop.api.in -> stock.api "Asks"
        shop.jobs -> stock.api "Tells"
        stock -> shop.jobs "Answers"
    }

    !script groovy {
        workspace.views.createDefaultViews()
    }
    views {
        !include https://example.org/views.dsl
        container shop {
            include *
        }
    }
}
