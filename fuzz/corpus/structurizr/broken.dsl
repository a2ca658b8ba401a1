workspace {
    model {
        a = person "A"
        a = softwareSystem "B"
        wizard "C" {
            x "y"
        }
        a ->
        c -> a "x"
        !include missing.dsl
        !ref nobody {
        }
        group "Empty" {
        }
        containerInstance a
        i = softwareSystemInstance i
    }
    }
}
views {
    spiral a {
