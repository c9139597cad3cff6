import { importAuthority } from '../../../core/operations/authorities/import-authority.ts'
import { importCertificates } from '../../../core/operations/authorities/import-certificates.ts'
import { importRevocations } from '../../../core/operations/authorities/import-revocations.ts'
import { chainOf } from '../../../core/operations/authorities/signing-authority.ts'
import { describeSerial } from '../../../core/operations/certificates/describe-serial.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { authorityJson } from '../json/authority-json.ts'
import { serialStandingJson } from '../json/serial-json.ts'
import { millisOf, revocationWishesOf } from '../requests.ts'

type Part = Pick<Handlers, 'importAuthority' | 'importCertificates' | 'importRevocations' | 'describeSerial'>

/** Authorities of other programs, with what they issued and revoked; and what is on record about a serial. */
export const movingInHandlers = (ports: Ports): Part => ({
  importAuthority: async ({ principal, body }) => {
    const { crlNumber, revocation, ...rest } = body
    const { authority, nextCrlNumber, warnings } = await importAuthority(ports, principal, {
      ...defined(rest),
      ...(revocation === undefined ? {} : { revocation: revocationWishesOf(revocation) }),
      ...(crlNumber === undefined ? {} : { crlNumber: BigInt(crlNumber) }),
    })
    const dryRun = body.dryRun === true
    const issuers = (await chainOf(ports, authority)).slice(1)
    const json = authorityJson(authority, issuers, ports.calendar.now(), ports.settings.publicUrl)
    const { kind, subject, keyAlgorithm, serial, notBefore, notAfter, fingerprintSha256 } = json
    return {
      dryRun,
      ...(dryRun ? {} : { authority: json }),
      kind,
      subject,
      keyAlgorithm,
      ...defined({ serial, notBefore, notAfter, fingerprintSha256 }),
      nextCrlNumber: String(nextCrlNumber),
      warnings: [...warnings],
    }
  },

  importCertificates: ({ principal, params, body }) =>
    importCertificates(ports, principal, { ...params, certificates: body.certificates }),

  importRevocations: async ({ principal, params, body }) => {
    const { crl, revocations } = body
    const list = revocations?.map(({ revokedAt, notAfter, ...rest }) => ({
      ...rest,
      revokedAt: millisOf(revokedAt),
      ...(notAfter === undefined ? {} : { notAfter: millisOf(notAfter) }),
    }))
    const { recorded, known, crlNumber } = await importRevocations(ports, principal, {
      ...params,
      ...defined({ crl, revocations: list }),
    })
    return { imported: recorded, known, crlNumber: String(crlNumber) }
  },

  describeSerial: async ({ principal, params }) =>
    serialStandingJson(await describeSerial(ports, principal, params)),
})
