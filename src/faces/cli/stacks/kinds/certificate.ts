import { ChanceryApiError, type RequestOf } from '../../../../contract/index.ts'
import { persistent, unlessMissing } from '../session.ts'
import type { JsonProperties } from '../shapes.ts'
import { templateIn } from '../types/certificate.ts'
import type { Kind } from './kind.ts'
import { passthroughBody } from './passthrough-body.ts'
import { validityBody } from './validity-body.ts'
import { optionalText, present, recordIn, textIn } from './values.ts'

type Body = NonNullable<RequestOf<'issueCertificate'>['body']>

/** Certificates under templates of AWS Private CA. */
export const certificateKind: Kind = {
  create: async (session, { properties, key }) => {
    const body = certificateBody(properties)
    const issued = await persistent(session, () =>
      session.client.issueCertificate({ body, idempotencyKey: key }),
    )
    return { physicalId: issued.arn, attributes: { Arn: issued.arn, Certificate: issued.certificate } }
  },

  // Every property's change is another certificate.
  update: async (_session, { attributes }) => Promise.resolve(attributes),

  remove: async (session, { physicalId }, why) => {
    const id = certificateIdIn(physicalId)
    // As CloudFormation has it, a certificate outlives its place in a template. What an apply made that failed is
    // another matter: nobody was meant to have it.
    if (why === 'unwanted') return `it stays valid; chancery certificate revoke ${id} revokes it`
    try {
      await persistent(session, () =>
        session.client.revokeCertificate({ params: { id }, body: { reason: 'cessationOfOperation' } }),
      )
      return 'it is revoked'
    } catch (error) {
      if (!(error instanceof ChanceryApiError)) throw error
      if (error.code === 'already_revoked') return 'it was revoked already'
      // A root's own certificate can't be revoked, nor can one of an authority that is gone.
      if (error.status < 500) return `it stays: ${error.problem.detail}`
      throw error
    }
  },

  look: async (session, { physicalId }) => {
    const params = { id: certificateIdIn(physicalId) }
    const found = await unlessMissing(session, () => session.client.describeCertificate({ params }))
    if (found === undefined) return { gone: 'it isn’t there any more' }
    const { status, revocation, notAfter } = found
    const remarks =
      status === 'valid'
        ? []
        : [
            `it is ${status} since ${revocation?.revokedAt ?? notAfter}; change a property to have another one made`,
          ]
    return { remarks }
  },
}

/** What the API is asked to issue. */
export function certificateBody(properties: JsonProperties): Body {
  const passed = recordIn(properties, 'ApiPassthrough')
  const template = optionalText(properties, 'TemplateArn')
  return present({
    authority: textIn(properties, 'CertificateAuthorityArn'),
    csr: textIn(properties, 'CertificateSigningRequest'),
    template: template === undefined ? 'EndEntityCertificate/V1' : templateIn(template),
    signatureAlgorithm: textIn(properties, 'SigningAlgorithm') as NonNullable<Body['signatureAlgorithm']>,
    validity: validityBody(recordIn(properties, 'Validity') ?? {}, recordIn(properties, 'ValidityNotBefore')),
    passthrough: passed === undefined ? undefined : passthroughBody(passed),
  })
}

/** `…:certificate-authority/A/certificate/S` is the certificate `A.S`. */
export const certificateIdIn = (arn: string): string =>
  arn.slice(arn.indexOf(':certificate-authority/') + 23).replace('/certificate/', '.')
