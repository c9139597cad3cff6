/** What the server answers about a managed certificate; see the contract. */
export type Managed = {
  readonly id: string
  readonly arn: string
  readonly kind: string
  readonly status: string
  readonly domainName: string
  readonly names: readonly string[]
  readonly version?: number | undefined
  readonly notAfter?: string | undefined
  readonly certificate?: string | undefined
  /** Issuers from the nearest to the root. */
  readonly chain: readonly string[]
  readonly renewal: { readonly status?: string | undefined; readonly reason?: string | undefined }
}
export type RenewalWindow = {
  readonly suggestedWindow: { readonly start: string; readonly end: string }
  readonly reason: string
}
export type KeyStoreForm = {
  readonly format: 'pkcs12' | 'jks'
  readonly passphrase: string
  readonly friendlyName?: string
}
/** What is asked of the server. */
export type RenewalServer = {
  /** By id, ARN or first name. @throws Error when there is none, or several */
  find(reference: string): Promise<Managed>
  window(id: string): Promise<RenewalWindow>
  renew(id: string): Promise<Managed>
  /** Certificate and chain without the root, PEM; with the private key where it is asked for. */
  pem(id: string, withKey: boolean): Promise<string>
  keyStore(id: string, form: KeyStoreForm): Promise<Uint8Array>
}

/** What came of one certificate. */
export type RenewalOutcome = {
  /** As the configuration names it. */
  readonly certificate: string
  /** `pending`: the server has begun, and waits for a validation. */
  readonly action: 'current' | 'deployed' | 'pending' | 'failed' | 'would-renew' | 'would-deploy'
  /** Why, in words. */
  readonly reason: string
  /** Whether the server was asked to renew it, and did. */
  readonly renewed: boolean
  readonly version?: number
  readonly notAfter?: string
  /** Those that were written, or would be. */
  readonly files: readonly string[]
  /** The end of what the reload command printed, where it ran. */
  readonly reload?: { readonly ok: boolean; readonly output: string }
}
export type RenewalOptions = {
  /** Path of the configuration. */
  readonly config: string
  readonly dryRun: boolean
  /** Deploys also what is on disk already. */
  readonly force: boolean
  /** @throws CliFailure with exit code 2 for a wrong setting */
  readonly connect: (settings: RenewalSettings) => Promise<RenewalServer>
  /** In one line, why the server could not be asked. */
  readonly explain: (error: unknown) => string
  /** Called for each as soon as it is known. */
  readonly told: (outcome: RenewalOutcome) => void
  readonly note: (text: string) => void
}
/** Which server to ask, where the command line doesn't say. */
export type RenewalSettings = {
  readonly url?: string | undefined
  readonly ca?: string | undefined
  readonly tokenFile?: string | undefined
  readonly region?: string | undefined
}
