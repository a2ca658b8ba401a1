# Storage for threat models and evidence packs: encrypted with a key of its own, versioned, not public, TLS only, protected
# from deletion for as long as evidence must be kept, with a log of who asked for what. The same as
# ../cloudformation/evidence-bucket.yaml.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
  }
}

variable "retention_days" {
  description = "Days for which nobody can delete or overwrite what was stored. 2555 days are seven years."
  type        = number
  default     = 2555

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 36500
    error_message = "Between 1 and 36500 days."
  }
}

variable "retention_mode" {
  description = "GOVERNANCE lets a named administrator lift the lock; COMPLIANCE lets nobody, the account's root included."
  type        = string
  default     = "GOVERNANCE"

  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.retention_mode)
    error_message = "GOVERNANCE or COMPLIANCE."
  }
}

variable "log_days" {
  description = "Days for which the log of requests is kept."
  type        = number
  default     = 400

  validation {
    condition     = var.log_days >= 90 && var.log_days <= 3650
    error_message = "Between 90 and 3650 days."
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

# The key

resource "aws_kms_key" "evidence" {
  description             = "Encrypts threat models and evidence packs"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  # The account's own policies decide who may use the key. Without this statement nobody could change it again.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecides"
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })

  tags = { purpose = "threat-model-evidence" }

  lifecycle {
    prevent_destroy = true
  }
}

# The bucket

resource "aws_s3_bucket" "evidence" {
  bucket_prefix       = "threat-model-evidence-"
  object_lock_enabled = true

  tags = { purpose = "threat-model-evidence" }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "evidence" {
  bucket = aws_s3_bucket.evidence.id

  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.evidence.arn
    }
  }
}

resource "aws_s3_bucket_versioning" "evidence" {
  bucket = aws_s3_bucket.evidence.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "evidence" {
  bucket = aws_s3_bucket.evidence.id

  rule {
    default_retention {
      mode = var.retention_mode
      days = var.retention_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.evidence]
}

resource "aws_s3_bucket_public_access_block" "evidence" {
  bucket                  = aws_s3_bucket.evidence.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "evidence" {
  bucket = aws_s3_bucket.evidence.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "evidence" {
  bucket        = aws_s3_bucket.evidence.id
  target_bucket = aws_s3_bucket.log.id
  target_prefix = "evidence/"
}

resource "aws_s3_bucket_lifecycle_configuration" "evidence" {
  bucket = aws_s3_bucket.evidence.id

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "old-packs-are-seldom-read"
    status = "Enabled"
    filter {}
    transition {
      days          = 90
      storage_class = "STANDARD_IA"
    }
  }

  depends_on = [aws_s3_bucket_versioning.evidence]
}

resource "aws_s3_bucket_policy" "evidence" {
  bucket = aws_s3_bucket.evidence.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.evidence.arn, "${aws_s3_bucket.evidence.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.evidence]
}

# The log

resource "aws_s3_bucket" "log" {
  bucket_prefix = "threat-model-evidence-log-"

  tags = { purpose = "threat-model-evidence-log" }

  lifecycle {
    prevent_destroy = true
  }
}

# The service that delivers access logs cannot write with a KMS key of ours to a log bucket in every region: AES256.
resource "aws_s3_bucket_server_side_encryption_configuration" "log" {
  bucket = aws_s3_bucket.log.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "log" {
  bucket = aws_s3_bucket.log.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "log" {
  bucket                  = aws_s3_bucket.log.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "log" {
  bucket = aws_s3_bucket.log.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "log" {
  bucket = aws_s3_bucket.log.id

  rule {
    id     = "logs-end"
    status = "Enabled"
    filter {}
    expiration {
      days = var.log_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.log]
}

resource "aws_s3_bucket_policy" "log" {
  bucket = aws_s3_bucket.log.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyOurLogs"
        Effect    = "Allow"
        Principal = { Service = "logging.s3.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.log.arn}/evidence/*"
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.log.arn, "${aws_s3_bucket.log.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log]
}

# Who stores packs

resource "aws_iam_policy" "writer" {
  name_prefix = "threat-model-evidence-writer-"
  description = "Store evidence packs and read them back; neither delete nor change them"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StoreAndRead"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:GetObject"]
        Resource = "${aws_s3_bucket.evidence.arn}/*"
      },
      {
        Sid      = "SeeWhatIsThere"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = aws_s3_bucket.evidence.arn
      },
      {
        Sid       = "WithItsKey"
        Effect    = "Allow"
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = aws_kms_key.evidence.arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${data.aws_region.current.id}.amazonaws.com" } }
      },
    ]
  })
}

output "bucket" {
  description = "Where `vauban evidence push` stores packs"
  value       = aws_s3_bucket.evidence.id
}

output "writer_policy" {
  description = "The policy to attach to the role that stores packs"
  value       = aws_iam_policy.writer.arn
}

output "key" {
  description = "The key that encrypts them"
  value       = aws_kms_key.evidence.arn
}
