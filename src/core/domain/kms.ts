/** The kinds of key management service; an installation has at most one of each, and names it by its kind. */
export const KMS_NAMES = ['local', 'pkcs11', 'aws-kms', 'vault-transit', 'http'] as const
export type KmsName = (typeof KMS_NAMES)[number]
