import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { linesIn } from '../adapters/files/lines.ts'
import { openOfflineCertificates } from '../adapters/prisma/offline-certificates.ts'
import type { ArchivedStretch, TrailPart } from '../core/domain/audit-trail.ts'
import {
  certificateArchiveLineFrom,
  certificateArchiveName,
  type CertificateArchiveHead,
} from '../core/domain/certificate-archive.ts'
import type { Finding } from '../core/x509/audit-chain.ts'
import type { StatementKey } from '../core/x509/audit-statements.ts'
import {
  verifiedCertificates,
  type CertificatePart,
  type CertificatesVerified,
} from '../core/x509/certificate-archive-verification.ts'

/** The head of an archive of certificates; undefined for any other file. @throws Error when it can't be read */
export async function certificateHeadOf(file: string): Promise<CertificateArchiveHead | undefined> {
  for await (const [line = ''] of linesIn(file)) {
    const read = certificateArchiveLineFrom(line)
    return read !== undefined && 'head' in read ? read.head : undefined
  }
  return undefined
}

/** What the audit trail says of archives, to hold against what the database says: events as they come by. */
export class ArchivesInTrail {
  readonly #told: { readonly event: number; readonly first: number; readonly hash: string }[] = []

  async *watching(parts: AsyncIterable<readonly TrailPart[]>): AsyncGenerator<readonly TrailPart[]> {
    for await (const several of parts) {
      for (const part of several) if ('event' in part) this.#take(part.event.id, part.event.record)
      yield several
    }
  }

  #take(event: number, record: string): void {
    if (!record.includes('"eventName":"ArchiveCertificates"')) return
    const { requestParameters, responseElements } = JSON.parse(record) as {
      readonly requestParameters?: { readonly first?: unknown }
      readonly responseElements?: { readonly hash?: unknown }
    }
    const [first, hash] = [requestParameters?.first, responseElements?.hash]
    if (typeof first === 'number' && typeof hash === 'string') this.#told.push({ event, first, hash })
  }

  /** Archives that the database doesn't know of, or as something else. */
  missingIn(archives: readonly ArchivedStretch[]): Finding[] {
    const known = new Map(archives.map(({ first, hash }) => [first, hash]))
    return this.#told
      .filter(({ first, hash }) => known.get(first) !== hash)
      .map(({ event, first }) => ({
        kind: 'removed',
        event,
        message: `event ${event} is of an archive that begins with certificate ${first}; the database has none, or another`,
      }))
  }
}

/** Verifies files of archived certificates, by themselves. */
export const verifyCertificateFiles = (
  files: readonly string[],
  keys: readonly StatementKey[],
): Promise<CertificatesVerified> => verifiedCertificates(partsOf(files), keys, undefined)

/** Verifies what a database has in archives, which may lie elsewhere, and that it has a stub of each certificate. */
export async function verifyCertificatesIn(
  database: string,
  directory: string,
  keys: readonly StatementKey[],
  told: ArchivesInTrail,
): Promise<CertificatesVerified> {
  const { archives, stubOf, close } = openOfflineCertificates(database)
  try {
    const verified = await verifiedCertificates(partsIn(archives, directory), keys, stubOf)
    return { ...verified, findings: [...verified.findings, ...told.missingIn(archives)] }
  } finally {
    close()
  }
}

async function* partsIn(
  archives: ReturnType<typeof openOfflineCertificates>['archives'],
  directory: string,
): AsyncGenerator<readonly CertificatePart[]> {
  for (const archived of archives) {
    const file = join(directory, certificateArchiveName(archived))
    if (existsSync(file)) yield* partsOf([file])
    yield [{ archived }]
  }
}

async function* partsOf(files: readonly string[]): AsyncGenerator<readonly CertificatePart[]> {
  for (const file of files) {
    let number = 0
    for await (const lines of linesIn(file))
      yield lines.map((line) => {
        number++
        const message = `${file}: line ${number} is none of an archive of certificates`
        return certificateArchiveLineFrom(line) ?? { unreadable: message }
      })
  }
}
