import type { RevokedJson } from '../../../contract/schemas/revocations.ts'
import { liftHold } from '../../../core/operations/certificates/lift-hold.ts'
import { chainOfCertificate } from '../../../core/operations/certificates/read-certificates.ts'
import { revokeByProof } from '../../../core/operations/certificates/revoke-by-proof.ts'
import {
  revokeCertificate,
  revokeNamed,
  type RevokedCertificate,
} from '../../../core/operations/certificates/revoke-certificate.ts'
import { isoOf } from '../../../core/domain/time.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { certificateJson } from '../json/certificate-json.ts'
import { millisOf } from '../requests.ts'

type Part = Pick<Handlers, 'revokeCertificate' | 'liftHold' | 'revokeNamed' | 'revokeByProof'>

/** Revoking, and taking off hold. */
export function revocationHandlers(ports: Ports): Part {
  const json = async (revoked: RevokedCertificate): Promise<RevokedJson> => {
    const { certificate, crl, ocsp, staleUntil } = revoked
    const chain = await chainOfCertificate(ports, certificate)
    return {
      certificate: certificateJson(certificate, chain, ports.calendar.now()),
      ...(crl === undefined ? {} : { crl: { ...defined(crl), number: crl.number.toString() } }),
      ocsp: defined(ocsp),
      staleUntil: {
        ...(staleUntil.crl === undefined ? {} : { crl: isoOf(staleUntil.crl) }),
        ocsp: isoOf(staleUntil.ocsp),
      },
    }
  }
  return {
    revokeCertificate: async ({ principal, params, query, body }) =>
      json(await revokeCertificate(ports, principal, { ...params, ...body, ...defined(query) })),
    liftHold: async ({ principal, params, query }) =>
      json(await liftHold(ports, principal, { ...params, ...defined(query) })),
    revokeNamed: async ({ principal, query, body: { serial, authority, certificate = '', reason } }) => {
      const name = serial === undefined ? { certificate } : { serial, ...defined({ authority }) }
      return json(await revokeNamed(ports, principal, name, { reason, ...defined(query) }))
    },
    revokeByProof: async ({ query, body: { signedAt, signature, ...rest } }) =>
      json(
        await revokeByProof(ports, {
          ...rest,
          ...defined(query),
          signedAt: millisOf(signedAt),
          signature: new Uint8Array(Buffer.from(signature, 'base64')),
        }),
      ),
  }
}
