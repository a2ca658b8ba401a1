/*
 * A shop and whom it talks to.
 */
!const TEAM "Payments team"

workspace "Shop" "Sells things to people." {

    !docs docs

    model {
        properties {
            "owner" "${TEAM}"
        }

        buyer = person "Buyer" "Somebody who buys." "Customer"

        group "Our company" {
            clerk = person "Clerk"

            shop = softwareSystem "Shop" "Where one buys." {
                spa = container "Single-page app" "What the buyer sees." "TypeScript and React" "Web Browser"
                api = container "API" "Takes orders." "Rust, Axum" {
                    description "Takes and keeps orders."
                    url https://wiki.example.org/shop/api
                    properties {
                        "team" "${TEAM}"
                    }
                    perspectives {
                        "Security" "Checks every token."
                    }
                    !adrs adrs
                    orders = component "Order controller" "Takes orders." "Axum handler"
                    group "Persistence" {
                        store = component "Order store" "" "sqlx"
                    }
                    orders -> store "Keeps orders with"
                }
                db = container "Database" "" "PostgreSQL" "Database" {
                    tags "Important" "Backed up,Encrypted"
                }
                # relationships inside
                spa -> api "Makes calls to" "JSON/HTTPS"
                store -> db "Reads and writes" "SQL/TCP"
                clerk -> this "Looks after"
            }
        }

        mail = softwareSystem "Mail service" {
            tags "External"
        }
        printer = element "Label printer" "Hardware" "Prints labels."

        buyer -> shop "Buys with"
        buyer -> spa "Buys with" "HTTPS" {
            tags "Public"
        }
        api -> mail "Sends confirmations with" "SMTP" "Asynchronous"
        shop -> printer "Prints with"
        api -> nowhere "Calls"

        production = deploymentEnvironment "Live" {
            deploymentNode "Buyer's computer" {
                containerInstance spa
            }
            deploymentNode "Data centre" "" "Hetzner" {
                balancer = infrastructureNode "Load balancer" "" "HAProxy"
                web = deploymentNode "web***" "" "Debian" "" 4 {
                    liveApi = containerInstance api {
                        healthCheck "Alive" https://shop.example.org/health 60 0
                    }
                }
                first = deploymentNode "db1" "" "Debian" {
                    containerInstance db
                }
                second = deploymentNode "db2" "" "Debian" "Standby" {
                    instances 1
                    containerInstance db
                }
                balancer -> liveApi "Forwards to" "HTTP"
            }
            first -> second "Replicates to"
        }
    }

    views {
        systemContext shop "Context" "The shop among others." {
            include *
            exclude "* -> printer"
            autoLayout lr
        }
        dynamic api "Order" {
            title "An order"
            spa -> orders "Sends the order"
            orders -> store "Keeps it"
        }
        styles {
            element "Database" {
                shape Cylinder
            }
        }
        theme default
    }

    configuration {
        scope softwaresystem
    }
}
