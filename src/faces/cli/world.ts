import type { RenewalOptions, RenewalOutcome } from './renewal.ts'

/** Where the CLI writes. */
export type Sink = {
  write(data: string | Uint8Array): void
  readonly isTerminal: boolean
  /** Width in columns, where it is a terminal. */
  readonly columns: number
}

/** Where the CLI reads from. */
export type Keyboard = {
  readonly isTerminal: boolean
  /** Everything up to the end of input. */
  readAll(): Promise<Uint8Array>
  /**
   * Asks, and gives the line typed at the terminal, without showing it when `echo` is false; undefined when the person
   * gave up (Ctrl-C, Ctrl-D).
   */
  readLine(question: string, echo: boolean): Promise<string | undefined>
}

/** Everything outside the program that the CLI touches, besides files and the server: handed in by the entry point. */
export type World = {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Relative paths start here. */
  readonly directory: string
  readonly home: string
  /** Where the file system begins that holds the system's trust store: `/`, save in tests. */
  readonly systemRoot: string
  readonly stdin: Keyboard
  readonly stdout: Sink
  readonly stderr: Sink
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Waits for so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>
  /** Resolves with the first signal that asks the program to end; until this is called, a signal ends it at once. */
  readonly untilAsked: () => Promise<string>
}

/** A server that `serve` started. */
export type Served = {
  readonly apiUrl: string
  readonly repositoryUrl: string
  /** Further listeners: a URL or the path of a Unix socket, by name. */
  readonly privately: Readonly<Record<string, string>>
  readonly dnsAddress: string | undefined
  readonly dataDir: string
  readonly listenerCaFile: string | undefined
  /** Set on the start that made the administrator; without a file when the operator chose the secret. */
  readonly newAdminToken: { readonly file: string | undefined; readonly secret: string } | undefined
  readonly warnings: readonly string[]
  stop(): Promise<void>
}

/** One authority of a ceremony's plan, as a rehearsal or the ceremony itself made it. */
export type CeremonyStep = {
  readonly made: 'now' | 'before'
  readonly name: string
  readonly kind: 'root' | 'subordinate'
  readonly subject: string
  readonly keyAlgorithm: string
  readonly signatureAlgorithm: string
  readonly kms: string
  readonly keyInDevice: boolean
  readonly notBefore: string
  readonly notAfter: string
  readonly publicKeySha256: string
  readonly certificate: string
}
export type CeremonyOptions = {
  readonly plan: string
  readonly dataDir: string | undefined
  /** Carries it out when the plan's SHA-256 begins with this; a rehearsal otherwise. */
  readonly execute: string | undefined
  /** Where transcript and certificates go. */
  readonly directory: string
  readonly told: (step: CeremonyStep) => void
}
export type Ceremony = {
  readonly title: string
  readonly planSha256: string
  readonly steps: readonly CeremonyStep[]
  /** Files written; none by a rehearsal. */
  readonly files: readonly string[]
}

export type LocalOptions = { readonly simulation: boolean; readonly dataDir: string | undefined }

export type BackupOptions = LocalOptions & {
  /** A directory that isn't there, or is empty. */
  readonly target: string
  /** Where a copy of the key file goes; absent: nowhere. */
  readonly keyTo: string | undefined
  readonly progress: (done: number, total: number) => void
}
/** What a backup says about itself. */
export type Backup = {
  readonly createdAt: string
  readonly installation: string
  readonly chancery: string
  readonly database: { readonly octets: number; readonly sha256: string }
  readonly certificates: number
  readonly authorities: readonly { readonly name: string; readonly crlNumber: number }[]
  /** The key-encryption keys without which it is worth nothing. */
  readonly keys: readonly { readonly provider: string; readonly kekId: string; readonly kekVersion: number }[]
}

export type RestoreOptions = LocalOptions & {
  readonly source: string
  readonly keyFile: string | undefined
  /** Files with CRLs that were published after the backup. */
  readonly crls: readonly string[]
  /** Files with checkpoints that its audit trail must fit. */
  readonly checkpoints: readonly string[]
  /** Where to look for them besides; CHANCERY_PUBLIC_URL when absent, nowhere when false. */
  readonly crlUrl: string | false | undefined
  readonly note: (text: string) => void
}
export type Restored = {
  readonly dataDir: string
  readonly manifest: Backup
  readonly crls: number
  readonly revocations: number
}

/** What an agent of `chancery perspective` is told. */
export type AgentOptions = {
  /** An IP address with its port. */
  readonly listen: string
  readonly tokenFile: string
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** IP addresses, with or without ports; the machine's own when empty. */
  readonly resolvers: readonly string[]
  /** Where URLs without a port lead. */
  readonly httpPort: number
  readonly httpsPort: number
  /** Whether loopback and private addresses may be reached. */
  readonly privateAddresses: boolean
}
export type ServedAgent = { readonly url: string; stop(): Promise<void> }

export type AuditVerificationOptions = LocalOptions & {
  /** Exported files and archives, in order; none: what the data directory holds. */
  readonly files: readonly string[]
  /** Files with checkpoints; none: the data directory's own. */
  readonly checkpoints: readonly string[]
  /** A file with the public key that signatures are to be by. */
  readonly publicKey: string | undefined
  readonly acceptRestores: boolean
}
/** What an audit trail was found to be. */
export type AuditVerified = {
  readonly events: number
  readonly first: number | undefined
  readonly last: { readonly id: number; readonly hash: string } | undefined
  readonly repeated: number
  readonly archives: number
  /** The latest checkpoint that it is proved up to. */
  readonly proved: { readonly id: number; readonly at: number } | undefined
  readonly matched: number
  readonly earlier: number
  /** In archives. */
  readonly certificates: {
    readonly certificates: number
    readonly archives: number
    readonly last: { readonly id: number; readonly hash: string } | undefined
  }
  readonly checkpointFiles: readonly string[]
  readonly key: { readonly names: readonly string[]; readonly from: string; readonly given: boolean }
  readonly notes: readonly string[]
  readonly findings: readonly { readonly kind: string; readonly event: number; readonly message: string }[]
}

/** What works on this machine rather than over HTTP, on its data directory for the most part. */
export type LocalVerbs = {
  /** Version of the program. */
  readonly version: string
  /** @throws CliFailure with exit code 2 for a wrong setting */
  serve(options: LocalOptions): Promise<Served>
  /** @throws CliFailure with exit code 2 for a wrong setting */
  init(options: LocalOptions): Promise<Pick<Served, 'dataDir' | 'newAdminToken'>>
  /** @throws CliFailure with exit code 2 for a wrong plan or setting */
  ceremony(options: CeremonyOptions): Promise<Ceremony>
  /**
   * Puts the data directory's key file under another passphrase, or in the clear.
   * @throws CliFailure with exit code 2 for a wrong setting
   */
  changeKeyPassphrase(options: {
    readonly dataDir: string | undefined
    readonly to: string | undefined
  }): Promise<{ readonly keyFile: string }>
  /** @throws Error saying what is in the way; nothing half-made stays */
  backup(options: BackupOptions): Promise<Backup>
  /** @throws Error saying what is wrong, before anything is changed */
  restore(options: RestoreOptions): Promise<Restored>
  /** Off line. @throws Error naming a file that can't be read or holds nothing of the kind */
  verifyAudit(options: AuditVerificationOptions): Promise<AuditVerified>
  /** @throws CliFailure with exit code 2 for a wrong option */
  perspective(options: AgentOptions): Promise<ServedAgent>
  /** @throws CliFailure with exit code 2 for a wrong configuration, 1 when another run is at work */
  renew(options: RenewalOptions): Promise<readonly RenewalOutcome[]>
}
