variable "names" {
  type    = set(string)
  default = ["a", "b"]
}
locals {
  all  = { for name in var.names : name => upper(name) if name != "c" }
  text = <<-EOT
    %{ for key, value in local.all ~}
    ${key}=${value}
    %{ endfor ~}
  EOT
  list = [for i in range(3) : i % 2 == 0 ? "even" : format("%03d", i)]
}
data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.each["a"].arn}/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["$${team}"]
    }
  }
}
resource "aws_s3_bucket" "each" {
  for_each = var.names
  bucket   = join("-", [each.key, substr(sha1(each.value), 0, 4)])
  dynamic "website" {
    for_each = each.key == "a" ? [1] : []
    content {
      index_document = "index.html"
    }
  }
}
resource "aws_instance" "web" {
  count     = 2
  user_data = templatefile("${path.module}/start.tpl", { key = "x", list = local.list })
  tags      = merge({ Name = "web-${count.index}" }, jsondecode("{\"a\":[1,null]}"))
}
module "inner" {
  source = "./inner"
  value  = try(aws_instance.web[0].private_ip, null)
}
moved {
  from = aws_instance.old
  to   = aws_instance.web
}
=== start.tpl
#!/bin/sh
%{ for one in list ~}
echo ${one} ${key}
%{ endfor ~}
=== inner/main.tf
variable "value" {}
output "value" {
  value = [var.value...]
}
resource "aws_sqs_queue" "q" {
  name = "q-${var.value}"
}
