import {
  crossSignAuthority,
  listCrossCertificates,
} from '../../../core/operations/authorities/cross-sign-authority.ts'
import { renewAuthority } from '../../../core/operations/authorities/renew-authority.ts'
import {
  advanceRotation,
  describeRotation,
  reverseRotation,
  startRotation,
} from '../../../core/operations/authorities/rotate-authority.ts'
import { chainOf } from '../../../core/operations/authorities/signing-authority.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { authorityJson } from '../json/authority-json.ts'
import { crossCertificateJson, rotationJson } from '../json/rotation-json.ts'
import { validityOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'renewAuthority'
  | 'crossSignAuthority'
  | 'listCrossCertificates'
  | 'startRotation'
  | 'describeRotation'
  | 'advanceRotation'
  | 'reverseRotation'
>

/** An authority's own certificates, and its successor. */
export function rotationHandlers(ports: Ports): Part {
  const { publicUrl } = ports.settings
  return {
    renewAuthority: async ({ principal, params, body, idempotency }) => {
      const { validity } = body
      const renewed = await renewAuthority(ports, principal, {
        reference: params.authority,
        idempotency,
        ...(validity === undefined ? {} : { validity: validityOf(validity) }),
      })
      const issuers = (await chainOf(ports, renewed)).slice(1)
      return authorityJson(renewed, issuers, ports.calendar.now(), publicUrl)
    },

    crossSignAuthority: async ({ principal, params, body, idempotency }) => {
      const { validity, issuer } = body
      const cross = await crossSignAuthority(ports, principal, {
        subject: params.authority,
        issuer,
        idempotency,
        ...(validity === undefined ? {} : { validity: validityOf(validity) }),
      })
      return crossCertificateJson(cross.subject, cross.certificate, ports.calendar.now(), publicUrl)
    },

    listCrossCertificates: async ({ principal, params }) => {
      const { subject, certificates } = await listCrossCertificates(ports, principal, params.authority)
      const now = ports.calendar.now()
      return { items: certificates.map((each) => crossCertificateJson(subject, each, now, publicUrl)) }
    },

    startRotation: async ({ principal, params, body, idempotency }) => {
      const { subject, ...rest } = body
      return rotationJson(
        await startRotation(ports, principal, {
          reference: params.authority,
          idempotency,
          ...defined(rest),
          ...(subject === undefined ? {} : { subject: defined(subject) }),
        }),
      )
    },

    describeRotation: async ({ principal, params }) =>
      rotationJson(await describeRotation(ports, principal, params.authority)),

    advanceRotation: async ({ principal, params, body, idempotency }) => {
      const request = { reference: params.authority, ...defined(body), idempotency }
      return rotationJson(await advanceRotation(ports, principal, request))
    },

    reverseRotation: async ({ principal, params }) =>
      rotationJson(await reverseRotation(ports, principal, { reference: params.authority })),
  }
}
