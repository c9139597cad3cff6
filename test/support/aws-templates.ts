import { readFileSync } from 'node:fs'

/** A row of AWS's own table of templates, as its user guide has it. */
export type AwsTemplate = {
  readonly name: string
  readonly arn: string
  readonly passthrough: { readonly api: boolean; readonly csr: boolean }
  readonly subject: string
  readonly subjectAlternativeName: string
  readonly basicConstraints: {
    readonly critical: boolean
    readonly ca: boolean
    readonly pathLen: number | null
  }
  readonly keyUsage: { readonly critical: boolean; readonly values: readonly string[] } | null
  readonly extendedKeyUsage: { readonly critical: boolean; readonly values: readonly string[] } | null
  readonly authorityKeyIdentifier: string | null
  readonly subjectKeyIdentifier: string
  readonly crlDistributionPoints: string | null
}

/** The reference that the product's own table is held against; the product never reads it. */
export const AWS_TEMPLATES = (
  JSON.parse(readFileSync('test/golden/acm-pca-templates.json', 'utf8')) as {
    readonly templates: readonly AwsTemplate[]
  }
).templates
