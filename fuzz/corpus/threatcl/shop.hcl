spec_version = "0.7.0"

variable "team" {
  value = "the tea team"
}

/* everything in
   one model */
threatmodel "Small shop" {
  author      = "@tea"
  description = "Sells tea, by ${var.team}."
  link        = "https://example.org/shop"
  repository  = ["https://example.org/a", "https://example.org/b"]
  created_at  = 1594033151

  attributes {
    new_initiative  = "true"
    internet_facing = true
    initiative_size = "Small"
  }

  additional_attribute "network_segment" { value = "dmz" }

  information_asset "orders" {
    description                = var.team
    information_classification = "Confidential"
  }
  information_asset "menu" {
    information_classification = "Open"
  }

  usecase { description = "People buy tea" }
  exclusion { description = "The post office" }

  third_party_dependency "Payments" {
    description       = "takes the money"
    saas              = true
    uptime_dependency = "hard"
    uptime_notes      = "nobody can pay"
  }

  threat "Reads orders" {
    description            = <<-EOT
      Somebody reads "orders".
        Indented.
    EOT
    impacts                = ["Confidentiality"]
    stride                 = ["Info Disclosure", "Spoofing"]
    information_asset_refs = ["orders", "nothing"]
    risk {
      likelihood = "high"
      impact     = "very_high"
      rationale  = "numbers can be guessed"
    }
    control "Check the owner" {
      description          = "On every read"
      implemented          = true
      implementation_notes = "in the data layer"
      risk_reduction       = 80
      attribute "asvs" { value = "4.2.1" }
    }
    control "Log reads" { description = "All of them" }
    proposed_control {
      description = "Use random numbers"
    }
  }

  threat {
    description = "Older files have no names"
    control     = "a text"
  }

  data_flow_diagram_v2 "level 0" {
    external_element "customer" {}
    trust_zone "inside" {
      process "shop" {}
      data_store "orders db" { information_asset = "orders" }
    }
    flow "https" {
      from     = "customer"
      to       = "shop"
      protocol = "https"
    }
    flow "sql" {
      from     = "shop"
      to       = "orders db"
      protocol = "pigeon"
    }
  }

  data_flow_diagram_v2 "level 1" {
    process "shop" { trust_zone = "inside" }
    process "cart" { trust_zone = "deep inside" }
    flow "call" {
      from = "shop"
      to   = "cart"
    }
  }

  mermaid "Sign in" {
    description = "How"
    content     = "sequenceDiagram"
  }
}

threatmodel "Another" {
  author = "@tea"
}
