threatmodel "Loose ends" {
  author = var.nobody
  mood   = "gloomy"
  description = "by ${upper(var.nobody)}"
  data_flow_diagram {
    process "a" { trust_zone = "z" }
    process "a" { trust_zone = "y" }
    data_store "s" { information_asset = "gone" }
    flow "f" { from = "a"
      to = "nowhere" }
    flow "g" {}
  }
}
