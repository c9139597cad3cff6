import type { KeyAlgorithm, SignatureAlgorithm } from '../domain/key-algorithms.ts'
import type { KeyContext, StoredKey, StoredSecret } from '../domain/keys.ts'
import type { KmsName } from '../domain/kms.ts'
import type { Prepared } from '../x509/prepare.ts'
import type { PrivateKeyFile } from '../x509/private-key-file.ts'

/** On whose behalf a key is opened: stands in the audit event that each real unwrap writes. */
export type KeyUse = {
  readonly caller: string
  readonly service: 'acm-pca.amazonaws.com' | 'acm.amazonaws.com' | 'sts.amazonaws.com' | 'chancery.local'
  readonly requestId?: string
}

/** A real unwrap of a private key, for the audit trail. */
export type Unwrap = {
  readonly context: KeyContext
  readonly use: KeyUse
  /** Name of the KMS. */
  readonly provider: string
  readonly kekId: string
  readonly kekVersion: number
}

export type ExportForm =
  /** PKCS#8 PrivateKeyInfo in the clear: only because the caller asked for exactly that. */
  | { readonly kind: 'pkcs8' }
  /** PBES2, PBKDF2-HMAC-SHA256, AES-256-CBC. */
  | { readonly kind: 'pkcs8-encrypted'; readonly passphrase: string }
  /** A key store: PKCS#12 as of today, PKCS#12 for old readers, Java's own. The latter two are weak. */
  | (KeyStoreEntry & { readonly kind: 'pkcs12' | 'pkcs12-legacy' | 'jks' })

type KeyStoreEntry = {
  readonly passphrase: string
  readonly friendlyName: string
  /** Leaf first, then its issuers upwards; DER. */
  readonly chain: readonly Uint8Array[]
}

/** A private key that came from elsewhere. */
export type ImportedKey = {
  readonly key: StoredKey
  /** What a PKCS#12 file had beside it, in the file's order; DER. */
  readonly certificates: readonly Uint8Array[]
  /** Whether the KMS has a device, which can't take a key in: this one is sealed under it, and used in memory. */
  readonly outsideDevice: boolean
}

/** The only place where a private key exists in the clear. */
export type KeyVault = {
  /**
   * Makes a key pair and seals it at once; nothing of it is kept in memory. An authority's is made in the KMS's device
   * where it has one.
   * @param kms which one keeps it; the installation's when absent
   * @param signature what an authority will sign with
   * @throws request_invalid naming `kms`, `keyAlgorithm` or `signatureAlgorithm` when that KMS isn't configured, can't make
   * such a key or can't sign so with it
   */
  generate(
    algorithm: KeyAlgorithm,
    context: KeyContext,
    kms?: KmsName,
    signature?: SignatureAlgorithm,
  ): Promise<StoredKey>
  /**
   * Opens a key file and seals its key at once, under the wrapping key of the KMS; what was in the clear is zeroed.
   * @param kms which one seals it; the installation's when absent
   * @throws request_invalid naming `key`, `passphrase` or `kms`, kms_unavailable
   */
  import(file: PrivateKeyFile, context: KeyContext, kms?: KmsName): Promise<ImportedKey>
  /** Signs what passed a lint, once; RSA and the larger curves off the event loop. */
  sign(key: StoredKey, prepared: Prepared, use: KeyUse): Promise<Uint8Array>
  /** DER of the private key in the form asked for. */
  seal(key: StoredKey, form: ExportForm, use: KeyUse): Promise<Uint8Array>
  /**
   * Draws a secret to sign messages with and seals it at once, under the wrapping key of the installation's KMS; `secret`
   * is for whoever asked, and is kept nowhere else.
   * @throws kms_unavailable
   */
  makeSecret(context: KeyContext): Promise<{ readonly stored: StoredSecret; readonly secret: Uint8Array }>
  /**
   * Seals a secret that was made elsewhere at once, likewise; `secret` is left to the caller.
   * @throws kms_unavailable
   */
  keepSecret(context: KeyContext, secret: Uint8Array): Promise<StoredSecret>
  /** HMAC-SHA256 (RFC 2104) of a message under such a secret. */
  mac(secret: StoredSecret, message: Uint8Array, use: KeyUse): Promise<Uint8Array>
  /** Drops every opened key from memory. */
  forget(): void
}
