locals {
  a = file("../../../../etc/passwd")
  b = file("/etc/passwd")
  c = templatefile("../../../etc/hostname", {})
  d = fileset("/", "*")
}
module "out" {
  source = "../../../etc"
}
resource "aws_s3_bucket" "ok" {
  bucket = "ok"
}
