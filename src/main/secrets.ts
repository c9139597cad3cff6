import type { S3Credentials } from '../adapters/s3/signed-headers.ts'
import type { Submission } from './mail-settings.ts'

type SecretValues = {
  readonly adminToken: string | undefined
  readonly kmsPassphrase: string | undefined
  readonly submission: Submission | undefined
  readonly repositoryWebhook: Uint8Array | undefined
  readonly auditWebhook: Uint8Array | undefined
  readonly authorizer: Uint8Array | undefined
  readonly objectStorage: S3Credentials | undefined
}

/** Secret settings: never logged, never serialised. */
export class Secrets {
  readonly #values: SecretValues
  constructor(values: SecretValues) {
    this.#values = values
  }
  /** The bootstrap administrator's token; acts only while no administrator exists. */
  adminToken(): string | undefined {
    return this.#values.adminToken
  }
  /** The local key file's passphrase. */
  kmsPassphrase(): string | undefined {
    return this.#values.kmsPassphrase
  }
  /** Where mails are handed in, with the password for it. */
  submission(): Submission | undefined {
    return this.#values.submission
  }
  /** What messages to the operator's webhook are signed with. */
  repositoryWebhook(): Uint8Array | undefined {
    return this.#values.repositoryWebhook
  }
  /** What messages to the receivers of checkpoints and events are signed with. */
  auditWebhook(): Uint8Array | undefined {
    return this.#values.auditWebhook
  }
  /** What questions to the authorizer are signed with. */
  authorizer(): Uint8Array | undefined {
    return this.#values.authorizer
  }
  /** What requests to the operator's storage are signed with. */
  objectStorage(): S3Credentials | undefined {
    return this.#values.objectStorage
  }
  toJSON(): never {
    throw new TypeError('secrets are not serialised')
  }
}
