import type { ACMClient } from '@aws-sdk/client-acm'
import { freePort } from '../../../scripts/free-port.ts'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { acmClient, anAwsWorld, type AwsError, type AwsWorld } from '../../support/aws.ts'

export const DOMAIN = 'acm.test'

/** A simulated installation whose main account has a zone, mailboxes, and an authority. */
export type AcmWorld = AwsWorld & {
  readonly rest: Client
  readonly js: ACMClient
  /** ARN of the authority. */
  readonly authority: string
  /** Calls by boto3. */
  acm<T = Answer>(operation: string, input?: object): Promise<T>
  /** What a call fails with. */
  refused(operation: string, input?: object): Promise<AwsError>
  /** Requests one from the private authority, whose ARN it gives. */
  requested(more?: object): Promise<string>
  described(arn: string): Promise<Described>
  /** Sets the records that a description names, and has them looked at. */
  proved(arn: string): Promise<void>
  /** Opens the link in the newest mail and approves. */
  approved(arn: string): Promise<void>
}
/** Members of answers are looked at by `expect`. */
export type Answer = Record<string, never>
export type Described = {
  readonly Status: string
  readonly DomainValidationOptions: readonly {
    readonly DomainName: string
    readonly ResourceRecord?: Record_
  }[]
  readonly [member: string]: unknown
}
type Record_ = { readonly Name: string; readonly Type: string; readonly Value: string }

export const idOf = (arn: string): string => arn.split('/').at(-1) ?? ''

export async function anAcmWorld(): Promise<AcmWorld> {
  const port = String(await freePort())
  const world = await anAwsWorld({ CHANCERY_API_PORT: port }, 'simulation')
  const { server, main } = world
  const { secret } = await server.admin.createToken({
    body: { name: 'main', role: 'administrator', account: main.account },
  })
  const rest = createClient({ url: server.apiUrl, token: secret })
  await rest.createZone({ body: { apex: DOMAIN } })
  for (const local of ['admin', 'hostmaster'])
    await rest.createMailbox({ body: { address: `${local}@${DOMAIN}` } })
  const root = await rest.createAuthority({
    body: { name: 'root', kind: 'root', subject: { commonName: 'Root' } },
  })
  const issuing = await rest.createAuthority({
    body: {
      name: 'issuing',
      kind: 'subordinate',
      parent: root.id,
      subject: { organization: 'Acm Test', commonName: 'CA' },
    },
  })
  const acm = <T>(operation: string, input = {}) => world.boto3.call<T>({ service: 'acm', operation, input })
  const described = async (arn: string) =>
    (await acm<{ Certificate: Described }>('DescribeCertificate', { CertificateArn: arn })).Certificate
  const look = (arn: string) => rest.validateManagedCertificate({ params: { id: idOf(arn) } })
  return Object.assign(world, {
    rest,
    js: acmClient(world),
    authority: issuing.arn,
    acm,
    refused: (operation: string, input = {}) => world.boto3.failure({ service: 'acm', operation, input }),
    requested: async (more = {}) => {
      const input = { DomainName: `www.${DOMAIN}`, CertificateAuthorityArn: issuing.arn, ...more }
      return (await acm<{ CertificateArn: string }>('RequestCertificate', input)).CertificateArn
    },
    described,
    proved: async (arn: string) => {
      for (const { ResourceRecord: record } of (await described(arn)).DomainValidationOptions)
        if (record !== undefined)
          await rest.putRecords({
            params: { apex: DOMAIN },
            body: { name: record.Name.slice(0, -1), type: 'CNAME', values: [record.Value.slice(0, -1)] },
          })
      await look(arn)
    },
    approved: async (arn: string) => {
      await look(arn)
      const { items } = await rest.listMailMessages({ params: { address: `hostmaster@${DOMAIN}` } })
      await approve(/^http:\/\/\S+\/approvals\/\S+$/m.exec(items[0]?.text ?? '')?.[0] ?? '')
      await look(arn)
    },
  })
}

/** As a person in a browser does. */
async function approve(link: string): Promise<void> {
  const opened = await fetch(link)
  const csrf = /name="csrf" value="([^"]+)"/.exec(await opened.text())?.[1] ?? ''
  const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const body = new URLSearchParams({ csrf, decision: 'approve' })
  const decided = await fetch(link, { method: 'POST', headers: { cookie }, body })
  if (!decided.ok) throw new Error(`not approved: ${decided.status}`)
}
