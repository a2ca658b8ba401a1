spec_version = "0.7.0" extra
threatmodel "Broken" {
  author = @tea
  description = "never closed
  link = ["a", { b = }, c
  threat "T" { description = "works" }
  7 = 8
  usecase description
  control = <<
  data = <<EOT
  }
