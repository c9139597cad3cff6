import type { ManagedCertificateJson, RequestOf } from '../../../../contract/index.ts'
import { SECOND } from '../../../../core/domain/time.ts'
import { CliFailure } from '../../failure.ts'
import { isEqual } from '../differences.ts'
import { persistent, unlessMissing, type Session } from '../session.ts'
import type { JsonProperties } from '../shapes.ts'
import { validationOf } from '../types/managed.ts'
import { StillWaiting } from '../still-waiting.ts'
import type { Kind, Named } from './kind.ts'
import { listIn, optionalText, present, tagsOf, tagsProperty, textIn, textsIn } from './values.ts'

type Body = NonNullable<RequestOf<'requestManagedCertificate'>['body']>

/** How often it is looked whether it is issued. */
const EVERY = 2 * SECOND
/** What ACM makes where the template doesn't say. */
const USUAL_KEY = 'RSA_2048'

/** Managed certificates, private or validated. */
export const managedKind: Kind = {
  create: async (session, { properties, key }) => {
    for (const apex of new Set(zonesOf(properties).values())) await expectZone(session, apex)
    const body = managedBody(properties)
    const made = await persistent(session, () =>
      session.client.requestManagedCertificate({ body, idempotencyKey: key }),
    )
    return { physicalId: made.arn, attributes: {} }
  },

  ready: async (session, made) => {
    const id = made.physicalId
    await putRecords(session, made)
    await waitForIssue(session, made, id)
    return {}
  },

  update: async (session, { physicalId: id, attributes }, properties) => {
    const tags = tagsOf(properties)
    await persistent(session, () => session.client.setManagedTags({ params: { id }, body: { tags } }))
    return attributes
  },

  remove: async (session, { physicalId: id }) => {
    await unlessMissing(session, () => session.client.deleteManagedCertificate({ params: { id } }))
    return undefined
  },

  look: async (session, { physicalId: id, properties, ready }) => {
    const found = await unlessMissing(session, () =>
      session.client.describeManagedCertificate({ params: { id } }),
    )
    if (found === undefined) return { gone: 'it was deleted outside the stack' }
    if (found.status === 'FAILED' || found.status === 'VALIDATION_TIMED_OUT')
      return { gone: `it is ${found.status}: ${reasonOf(found)}` }
    const tags = tagsProperty(found.tags)
    const drifted = !isEqual(tags, tagsProperty(tagsOf(properties)))
    const remarks = ready && found.status !== 'ISSUED' ? [`it is ${found.status}`] : []
    return { ...(drifted ? { properties: { Tags: tags } } : {}), remarks }
  },
}

/** What the API is asked to make. */
export function managedBody(properties: JsonProperties): Body {
  const method = validationOf(properties)
  const exported = optionalText(properties, 'CertificateExport')
  const names = textsIn(properties, 'SubjectAlternativeNames')
  const domains = listIn(properties, 'DomainValidationOptions').flatMap((option) => {
    const validationDomain = optionalText(option, 'ValidationDomain')
    return validationDomain === undefined ? [] : [{ domain: textIn(option, 'DomainName'), validationDomain }]
  })
  const tags = tagsOf(properties)
  return present({
    domainName: textIn(properties, 'DomainName'),
    names: names.length === 0 ? undefined : [...names],
    authority: optionalText(properties, 'CertificateAuthorityArn'),
    validation: method === undefined ? undefined : { method, ...(domains.length === 0 ? {} : { domains }) },
    keyAlgorithm: (optionalText(properties, 'KeyAlgorithm') ?? USUAL_KEY) as NonNullable<
      Body['keyAlgorithm']
    >,
    exportable: exported === undefined ? undefined : exported === 'ENABLED',
    tags: Object.keys(tags).length === 0 ? undefined : tags,
  })
}

/** Hosted zones by the names that are validated in them. */
const zonesOf = (properties: JsonProperties): ReadonlyMap<string, string> =>
  new Map(
    listIn(properties, 'DomainValidationOptions').flatMap((option) => {
      const zone = optionalText(option, 'HostedZoneId')
      return zone === undefined ? [] : [[textIn(option, 'DomainName'), zone] as const]
    }),
  )

/** @throws CliFailure before anything is requested that couldn't be validated */
async function expectZone(session: Session, apex: string): Promise<void> {
  const zone = await unlessMissing(session, () => session.client.describeZone({ params: { apex } }))
  if (zone !== undefined) return
  throw new CliFailure(5, `HostedZoneId: there is no simulated zone ${apex} of this account`, [
    `Make it: chancery dns zone create ${apex}. Or leave HostedZoneId out, and set the record wherever the domain’s DNS is.`,
  ])
}

/** Sets the validation records of names whose zones are hosted here, and has them looked at. */
async function putRecords(session: Session, { physicalId: id, properties }: Named): Promise<void> {
  const zones = zonesOf(properties)
  if (zones.size === 0) return
  const found = await persistent(session, () => session.client.describeManagedCertificate({ params: { id } }))
  if (found.validateUntil === undefined) return
  for (const { domain, record } of found.validation) {
    const apex = zones.get(domain)
    if (apex === undefined || record === undefined) continue
    const body = { name: record.name, type: record.type, values: [record.value] }
    await persistent(session, () => session.client.putRecords({ params: { apex }, body }))
  }
  await persistent(session, () => session.client.validateManagedCertificate({ params: { id } }))
}

/** @throws CliFailure when it can't be issued, StillWaiting when that takes longer than is waited */
async function waitForIssue(session: Session, { logicalId }: Named, id: string): Promise<void> {
  let told = ''
  for (;;) {
    const found = await persistent(session, () =>
      session.client.describeManagedCertificate({ params: { id } }),
    )
    if (found.validateUntil === undefined) return expectIssued(found)
    const wanted = wantedFor(found)
    if (wanted !== told) session.note(`  ${logicalId} waits: ${wanted}`)
    told = wanted
    if (session.world.now() >= session.waitUntil) throw new StillWaiting(logicalId, wanted)
    await session.world.pause(EVERY)
  }
}

function expectIssued(found: ManagedCertificateJson): void {
  if (found.status !== 'ISSUED')
    throw new CliFailure(1, `the certificate for ${found.domainName} is ${found.status}: ${reasonOf(found)}`)
}

const reasonOf = ({ failureDetail, failureReason }: ManagedCertificateJson): string =>
  failureDetail ?? failureReason ?? 'no reason is known'

/** What somebody has to do so that it is issued. */
function wantedFor({ validation }: ManagedCertificateJson): string {
  const open = validation.filter(({ status }) => status !== 'SUCCESS')
  const steps = open.map(({ domain, record, emails, reason }) => {
    const step =
      record === undefined
        ? `somebody who reads ${emails?.join(', ') ?? 'the domain’s mail'} must approve ${domain}`
        : `${domain} needs the record ${record.name} CNAME ${record.value}`
    return reason === undefined || record === undefined ? step : `${step} (${reason})`
  })
  return [...new Set(steps)].join('; ') || 'all names are proved; it is about to be issued'
}
