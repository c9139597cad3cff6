import type { AuthorityJson } from '../../../../contract/index.ts'
import { CliFailure } from '../../failure.ts'
import { persistent, type Session } from '../session.ts'
import type { Json, JsonProperties } from '../shapes.ts'
import { authorityAt, disable } from './authority.ts'
import type { Attributes, Kind } from './kind.ts'
import { optionalText, present, textIn } from './values.ts'

/** Certificates of authorities, and whether these issue. */
export const activationKind: Kind = {
  create: async (session, { properties }) => {
    const physicalId = textIn(properties, 'CertificateAuthorityArn')
    return { physicalId, attributes: await activate(session, physicalId, properties) }
  },

  update: (session, { physicalId }, properties) => activate(session, physicalId, properties),

  remove: async (session, { physicalId }) => {
    const found = await authorityAt(session, physicalId)
    if (found?.status !== 'ACTIVE') return undefined
    await disable(session, physicalId)
    return 'its authority is disabled'
  },

  look: async (session, { physicalId, properties }) => {
    const found = await authorityAt(session, physicalId)
    if (found === undefined || found.status === 'DELETED')
      return { gone: 'its authority isn’t there any more' }
    if (found.certificate === undefined) return { gone: 'its authority has no certificate any more' }
    const live: Record<string, Json | undefined> = {}
    if (pemBody(found.certificate) !== pemBody(textIn(properties, 'Certificate')))
      live['Certificate'] = found.certificate
    const wanted = optionalText(properties, 'Status') ?? 'ACTIVE'
    const stands = found.status === 'EXPIRED' ? wanted : found.status
    if (stands !== wanted) live['Status'] = stands
    const remarks = found.status === 'EXPIRED' ? ['its certificate has expired'] : []
    return { properties: live, remarks }
  },
}

/** Installs the certificate unless it is there, and makes the authority issue or not. */
async function activate(
  session: Session,
  authority: string,
  properties: JsonProperties,
): Promise<Attributes> {
  const certificate = textIn(properties, 'Certificate')
  const chain = optionalText(properties, 'CertificateChain')
  let found = await authorityAt(session, authority)
  if (found === undefined) throw new CliFailure(5, `there is no authority ${authority}`)
  if (found.certificate === undefined || pemBody(found.certificate) !== pemBody(certificate))
    found = await persistent(session, () =>
      session.client.importAuthorityCertificate({
        params: { authority },
        body: present({ certificate, chain }),
      }),
    )
  const status = (optionalText(properties, 'Status') ?? 'ACTIVE') as 'ACTIVE' | 'DISABLED'
  if (found.status !== status)
    found = await persistent(session, () =>
      session.client.updateAuthority({ params: { authority }, body: { status } }),
    )
  return { CompleteCertificateChain: completeChain(found) }
}

const completeChain = ({ certificate = '', chain }: AuthorityJson): string =>
  [certificate, ...chain].map((pem) => pem.trimEnd()).join('\n')

/** What of a PEM text counts: line ends, and text around, don't. */
const pemBody = (pem: string): string =>
  (/-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(pem)?.[1] ?? pem).replace(/\s/g, '')
