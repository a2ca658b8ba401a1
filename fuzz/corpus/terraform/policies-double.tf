data "aws_iam_policy_document" "p0" {
  source_policy_documents = [data.aws_iam_policy_document.p1.json, data.aws_iam_policy_document.p1.json]
}
data "aws_iam_policy_document" "p1" {
  source_policy_documents = [data.aws_iam_policy_document.p2.json, data.aws_iam_policy_document.p2.json]
}
data "aws_iam_policy_document" "p2" {
  source_policy_documents = [data.aws_iam_policy_document.p3.json, data.aws_iam_policy_document.p3.json]
}
data "aws_iam_policy_document" "p3" {
  source_policy_documents = [data.aws_iam_policy_document.p4.json, data.aws_iam_policy_document.p4.json]
}
data "aws_iam_policy_document" "p4" {
  source_policy_documents = [data.aws_iam_policy_document.p5.json, data.aws_iam_policy_document.p5.json]
}
data "aws_iam_policy_document" "p5" {
  source_policy_documents = [data.aws_iam_policy_document.p6.json, data.aws_iam_policy_document.p6.json]
}
data "aws_iam_policy_document" "p6" {
  source_policy_documents = [data.aws_iam_policy_document.p7.json, data.aws_iam_policy_document.p7.json]
}
data "aws_iam_policy_document" "p7" {
  source_policy_documents = [data.aws_iam_policy_document.p8.json, data.aws_iam_policy_document.p8.json]
}
data "aws_iam_policy_document" "p8" {
  source_policy_documents = [data.aws_iam_policy_document.p9.json, data.aws_iam_policy_document.p9.json]
}
data "aws_iam_policy_document" "p9" {
  source_policy_documents = [data.aws_iam_policy_document.p10.json, data.aws_iam_policy_document.p10.json]
}
data "aws_iam_policy_document" "p10" {
  source_policy_documents = [data.aws_iam_policy_document.p11.json, data.aws_iam_policy_document.p11.json]
}
data "aws_iam_policy_document" "p11" {
  source_policy_documents = [data.aws_iam_policy_document.p12.json, data.aws_iam_policy_document.p12.json]
}
data "aws_iam_policy_document" "p12" {
  source_policy_documents = [data.aws_iam_policy_document.p13.json, data.aws_iam_policy_document.p13.json]
}
data "aws_iam_policy_document" "p13" {
  source_policy_documents = [data.aws_iam_policy_document.p14.json, data.aws_iam_policy_document.p14.json]
}
data "aws_iam_policy_document" "p14" {
  source_policy_documents = [data.aws_iam_policy_document.p15.json, data.aws_iam_policy_document.p15.json]
}
data "aws_iam_policy_document" "p15" {
  source_policy_documents = [data.aws_iam_policy_document.p16.json, data.aws_iam_policy_document.p16.json]
}
data "aws_iam_policy_document" "p16" {
  source_policy_documents = [data.aws_iam_policy_document.p17.json, data.aws_iam_policy_document.p17.json]
}
data "aws_iam_policy_document" "p17" {
  source_policy_documents = [data.aws_iam_policy_document.p18.json, data.aws_iam_policy_document.p18.json]
}
data "aws_iam_policy_document" "p18" {
  source_policy_documents = [data.aws_iam_policy_document.p19.json, data.aws_iam_policy_document.p19.json]
}
data "aws_iam_policy_document" "p19" {
  source_policy_documents = [data.aws_iam_policy_document.p20.json, data.aws_iam_policy_document.p20.json]
}
data "aws_iam_policy_document" "p20" {
  source_policy_documents = [data.aws_iam_policy_document.p21.json, data.aws_iam_policy_document.p21.json]
}
data "aws_iam_policy_document" "p21" {
  source_policy_documents = [data.aws_iam_policy_document.p22.json, data.aws_iam_policy_document.p22.json]
}
data "aws_iam_policy_document" "p22" {
  source_policy_documents = [data.aws_iam_policy_document.p23.json, data.aws_iam_policy_document.p23.json]
}
data "aws_iam_policy_document" "p23" {
  source_policy_documents = [data.aws_iam_policy_document.p24.json, data.aws_iam_policy_document.p24.json]
}
data "aws_iam_policy_document" "p24" {
  source_policy_documents = [data.aws_iam_policy_document.p25.json, data.aws_iam_policy_document.p25.json]
}
data "aws_iam_policy_document" "p25" {
  source_policy_documents = [data.aws_iam_policy_document.p26.json, data.aws_iam_policy_document.p26.json]
}
data "aws_iam_policy_document" "p26" {
  source_policy_documents = [data.aws_iam_policy_document.p27.json, data.aws_iam_policy_document.p27.json]
}
data "aws_iam_policy_document" "p27" {
  source_policy_documents = [data.aws_iam_policy_document.p28.json, data.aws_iam_policy_document.p28.json]
}
data "aws_iam_policy_document" "p28" {
  source_policy_documents = [data.aws_iam_policy_document.p29.json, data.aws_iam_policy_document.p29.json]
}
data "aws_iam_policy_document" "p29" {
  source_policy_documents = [data.aws_iam_policy_document.p30.json, data.aws_iam_policy_document.p30.json]
}
data "aws_iam_policy_document" "p30" {
  statement {
    actions = ["s3:Get*"]
  }
}
resource "aws_iam_policy" "p" {
  policy = data.aws_iam_policy_document.p0.json
}
resource "aws_s3_bucket" "ok" {
  bucket = "ok"
}
