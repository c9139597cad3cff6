import { createPrivateKey, sign } from 'node:crypto'
import { mkdir, open, readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../adapters/system/clock.ts'
import { isoOf } from '../../core/domain/time.ts'
import { exportCertificate } from '../../core/operations/certificates/export-certificate.ts'
import { issueCertificate } from '../../core/operations/certificates/issue-certificate.ts'
import { certificateIdOf } from '../../core/domain/ids.ts'
import { systemPrincipal } from '../../core/operations/installation/initialize.ts'
import type { Composition } from '../compose.ts'
import type { LoadedPlan } from './plan.ts'

/** One authority of a ceremony, with everything by which it is known again. */
export type CeremonyStep = {
  /** `before`: an earlier, interrupted run made it. */
  readonly made: 'now' | 'before'
  readonly at: string
  readonly name: string
  readonly kind: 'root' | 'subordinate'
  readonly arn: string
  readonly subject: string
  readonly keyAlgorithm: string
  readonly signatureAlgorithm: string
  readonly kms: string
  readonly keyInDevice: boolean
  readonly publicKeySha256: string
  readonly serial: string
  readonly notBefore: string
  readonly notAfter: string
  readonly certificateSha256: string
  readonly certificate: string
  readonly crlNumber: string
  readonly crlSha256: string
}

export type Transcript = {
  readonly format: 'chancery-ceremony-transcript/1'
  readonly title: string
  readonly participants: readonly { readonly name: string; readonly role: string }[]
  readonly planSha256: string
  readonly plan: string
  readonly installation: string
  readonly host: string
  readonly version: string
  readonly kms: readonly { readonly provider: string; readonly kekId: string; readonly kekVersion: number }[]
  readonly startedAt: string
  readonly endedAt: string
  readonly steps: readonly CeremonyStep[]
}

/** Everything that was done, by whom, with what: the text that is signed. */
export async function transcriptOf(
  { ports, installation, providers }: Composition,
  { plan, text, sha256 }: LoadedPlan,
  steps: readonly CeremonyStep[],
  startedAt: number,
): Promise<Transcript> {
  return {
    format: 'chancery-ceremony-transcript/1',
    title: plan.title,
    participants: plan.participants,
    planSha256: sha256,
    plan: text,
    installation: installation.id,
    host: hostname(),
    version: ports.settings.version,
    kms: await Promise.all(providers.all.map((provider) => provider.describe())),
    startedAt: isoOf(startedAt),
    endedAt: isoOf(systemClock.now()),
    steps,
  }
}

export type SignedTranscript = {
  readonly json: string
  /** ECDSA with SHA-256 over the JSON's octets, DER: as `openssl dgst -verify` takes it. */
  readonly signature: Uint8Array
  /** The signer's certificate and its issuers, PEM. */
  readonly signer: string
}

/**
 * Signs a transcript with a key that the ceremony's last authority certifies for it, used once and then forgotten: who
 * trusts the root can check the transcript with nothing but openssl.
 */
export async function signTranscript(
  { ports, installation }: Composition,
  transcript: Transcript,
): Promise<SignedTranscript> {
  const principal = { ...systemPrincipal(ports, installation.account), id: 'system/ceremony' }
  const authority = transcript.steps.at(-1)?.arn
  const { certificate } = await issueCertificate(ports, principal, {
    ...(authority === undefined ? {} : { authority }),
    key: { algorithm: 'EC_prime256v1' },
    profile: 'code-signing',
    subject: { commonName: 'Ceremony transcript' },
    // A plan may have nothing but a root.
    fromRoot: true,
    names: {},
  })
  const { bytes } = await exportCertificate(ports, principal, {
    id: certificateIdOf(certificate.authority, certificate.serial),
    form: { format: 'pem' },
  })
  const pem = Buffer.from(bytes).toString('latin1')
  const json = `${JSON.stringify(transcript, null, 2)}\n`
  const signature = sign('sha256', Buffer.from(json), createPrivateKey(pem))
  bytes.fill(0)
  return { json, signature, signer: pem.slice(0, pem.indexOf('-----BEGIN PRIVATE KEY-----')) }
}

/** A directory that is made, or is empty: an earlier ceremony's files are never written over. @throws Error */
export async function emptyDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
  if ((await readdir(path)).length > 0) throw new Error(`${path} must be empty; name another directory`)
}

/** Writes transcript, signature, signer and each authority's certificate; on the disk when this returns. */
export async function writeOutputs(
  directory: string,
  signed: SignedTranscript,
  steps: readonly CeremonyStep[],
) {
  const files: [name: string, content: string | Uint8Array][] = [
    ['transcript.json', signed.json],
    ['transcript.sig', signed.signature],
    ['transcript-signer.pem', signed.signer],
    ...steps.map(({ certificate }, place): [string, string] => [`authority-${place + 1}.pem`, certificate]),
  ]
  for (const [name, content] of files) {
    const file = await open(join(directory, name), 'wx', 0o644)
    await file.writeFile(content)
    await file.sync()
    await file.close()
  }
  return files.map(([name]) => name)
}
