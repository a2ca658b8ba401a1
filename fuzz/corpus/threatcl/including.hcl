spec_version = "0.7.0"
threatmodel "Shop" {
  author    = "@tea"
  including = "./shared.hcl"
  imports   = ["controls.hcl", "https://example.org/controls.hcl"]
  link      = "mine"
  threat "Theft" {
    description     = "Ours"
    control_imports = ["import.control.mfa", "import.control.nope"]
    control "Log" {
      description = import.control.log.description
      implemented = 1 + 1 == 2
    }
  }
  usecase { description = "one more" }
}
