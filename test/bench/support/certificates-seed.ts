import { randomBytes } from 'node:crypto'
import Database from 'better-sqlite3'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { encodeCertId, issuerHashes } from '../../../src/core/x509/ocsp-cert-id.ts'
import { encodeOcspRequest } from '../../../src/core/x509/ocsp-request.ts'

/** One in so many is revoked, and one question in so many is about a serial that nobody issued. */
const REVOKED = 20
const UNKNOWN = 100
const NONCE_OCTETS = 32
const REASONS = [1, 3, 4, 5, 9]

export type Seeded = {
  readonly issuerDer: Buffer
  readonly authority: string
  readonly serials: readonly Buffer[]
  isRevoked(place: number): boolean
}

/**
 * Puts certificates of the issuing authority into a database that no server has open, five in a hundred revoked. Rows and
 * indexes are as the server writes them; each certificate has a serial of its own, and the rest of one that was issued.
 * @param revokedOneIn how many of them one is revoked of; 0: none is
 */
export function addCertificates(file: string, count: number, revokedOneIn = REVOKED): Seeded {
  const db = new Database(file)
  try {
    const { der: issuerDer, id: authority } = db
      .prepare(
        "SELECT id, certificateDer AS der FROM Authority WHERE name = 'issuing' AND accountId <> '000000000000'",
      )
      .get() as { id: string; der: Buffer }
    const {
      der,
      serial: first,
      accountId,
      region,
    } = db
      .prepare(
        "SELECT der, serial, accountId, region FROM Certificate WHERE authorityId = ? AND profile = 'tls-server' ORDER BY id LIMIT 1",
      )
      .get(authority) as { der: Buffer; serial: Buffer; accountId: string; region: string }
    const serialAt = der.indexOf(first)
    const now = Date.now()
    const end = now + 90 * 86_400_000
    const add = db.prepare(
      `INSERT INTO Certificate (authorityId, serial, accountId, region, state, der, notBefore, notAfter, issuedAt, profile, keyHash)
         VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, 'tls-server', ?)`,
    )
    const revoke = db.prepare(
      `INSERT INTO Revocation (certificateId, authorityId, accountId, region, serial, reason, revokedAt, notAfter)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    const isRevoked = (place: number): boolean => revokedOneIn > 0 && place % revokedOneIn === 7
    // The first octet decides whether DER puts a 00 before it.
    const serials = Array.from({ length: count }, () =>
      Buffer.concat([first.subarray(0, 1), randomBytes(15)]),
    )
    db.exec('BEGIN')
    for (const [place, serial] of serials.entries()) {
      serial.copy(der, serialAt)
      const { lastInsertRowid } = add.run(authority, serial, accountId, region, der, now, end, now, place)
      if (!isRevoked(place)) continue
      const reason = REASONS[place % REASONS.length]
      revoke.run(lastInsertRowid, authority, accountId, region, serial, reason, now, end)
    }
    db.exec('COMMIT')
    return { issuerDer, authority, serials, isRevoked }
  } finally {
    db.close()
  }
}

export type Question = { readonly der: Uint8Array; readonly expected: 'good' | 'revoked' | 'unknown' }

/** Requests about the certificates, the n-th most popular asked for 1/n as often as the first (Zipf), by SHA-256. */
export function ocspQuestions(
  { issuerDer, serials, isRevoked }: Seeded,
  count: number,
  nonce: boolean,
): Question[] {
  const issuer = parseCertificate(issuerDer)
  const hashes = issuerHashes('sha256', issuer.subject, issuer.publicKey.spki)
  const ranks: number[] = []
  let sum = 0
  for (let rank = 1; rank <= serials.length; rank++) ranks.push((sum += 1 / rank))
  const drawn = (): number => {
    const at = Math.random() * sum
    let [low, high] = [0, ranks.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ranks[middle] as number) < at) low = middle + 1
      else high = middle
    }
    return low
  }
  return Array.from({ length: count }, (_, n) => {
    const unknown = n % UNKNOWN === 0
    const place = drawn()
    const serial = unknown ? randomBytes(16) : (serials[place] as Buffer)
    const der = encodeOcspRequest(
      [encodeCertId('sha256', hashes, serial)],
      nonce ? randomBytes(NONCE_OCTETS) : undefined,
    )
    return { der, expected: unknown ? 'unknown' : isRevoked(place) ? 'revoked' : 'good' }
  })
}
