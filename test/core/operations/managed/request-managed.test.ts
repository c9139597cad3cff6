import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { VALIDATION_WINDOW } from '../../../../src/core/domain/domain-validations.ts'
import { managedStatus } from '../../../../src/core/domain/managed-certificates.ts'
import { DAY, HOUR, MINUTE } from '../../../../src/core/domain/time.ts'
import { describeManaged, evidenceOf } from '../../../../src/core/operations/managed/read-managed.ts'
import { validateNow } from '../../../../src/core/operations/managed/validate-now.ts'
import { caa, cname } from '../../../support/zone-resolver.ts'
import { DNS, managedPorts } from './managed.ts'

describe('a certificate from a private authority', () => {
  it('is issued at once, with its names, the usual days, and a key that stays', async () => {
    await using given = await managedPorts()
    const managed = await given.request({ names: ['example.com', 'WWW.example.com', '*.example.com'] })
    expect(managed).toMatchObject({
      kind: 'private',
      status: 'ISSUED',
      names: ['www.example.com', 'example.com', '*.example.com'],
      keyAlgorithm: 'EC_prime256v1',
      exportable: true,
      current: { number: 1 },
      dueAt: undefined,
    })
    const { file } = await describeManaged(given.ports, given.admin, managed.id)
    const certificate = new X509Certificate(file?.der ?? new Uint8Array())
    expect(certificate.subject).toBe('CN=www.example.com')
    expect(certificate.subjectAltName).toBe('DNS:www.example.com, DNS:example.com, DNS:*.example.com')
    expect(certificate.validToDate.getTime() - given.calendar.now()).toBe(395 * DAY)
    expect(file?.chain).toHaveLength(2)
  })

  it('with a name too long for a common name has none', async () => {
    await using given = await managedPorts()
    const long = `${'a'.repeat(60)}.example.com`
    const managed = await given.request({ domainName: long })
    const { file } = await describeManaged(given.ports, given.admin, managed.id)
    const certificate = new X509Certificate(file?.der ?? new Uint8Array())
    expect([certificate.subject, certificate.subjectAltName]).toEqual([undefined, `DNS:${long}`])
  })

  it('is stored only with its certificate: what the authority refuses leaves nothing', async () => {
    await using given = await managedPorts()
    await expect(given.request({ days: 4000 })).rejects.toMatchObject({
      code: 'request_invalid',
      violations: [{ field: 'days.days', code: 'validity_beyond_issuer' }],
    })
    const { items } = await given.ports.store.reads.managed.list(given.admin, {}, given.calendar.now(), {
      limit: 10,
      after: undefined,
    })
    expect(items).toEqual([])
  })

  it('is the same one when the request comes again with its idempotency key', async () => {
    await using given = await managedPorts()
    const idempotency = { key: 'one', bodyHash: new Uint8Array(32) }
    const [first, second] = await Promise.all([
      given.request({ idempotency }),
      given.request({ idempotency }),
    ])
    expect(second.id).toBe(first.id)
    await expect(
      given.request({ idempotency: { key: 'one', bodyHash: new Uint8Array(32).fill(1) } }),
    ).rejects.toMatchObject({ code: 'idempotency_mismatch' })
  })
})

describe('a request that is wrong', () => {
  it.each([
    [{ domainName: 'exa mple.com' }, 'domainName', 'dns_space'],
    [{ domainName: '' }, 'domainName', 'dns_empty'],
    [{ domainName: '192.0.2.1' }, 'domainName', undefined],
    [{ names: ['a.*.example.com'] }, 'names[0]', 'dns_wildcard'],
    [{ domainName: 'localhost', ...DNS }, 'domainName', 'domain_top_level'],
    [{ domainName: '*.example.com', validation: { method: 'HTTP' } }, 'domainName', 'wildcard_over_http'],
    [{ validation: { method: 'EMAIL' } }, 'validation.method', 'mail_not_configured'],
    [{ ...DNS, authority: 'issuing' }, 'authority', 'authority_with_validation'],
    [{ ...DNS, profile: 'tls' }, 'profile', 'profile_with_validation'],
    [{ tags: { 'aws:x': 'y' } }, 'tags.aws:x', 'tag_key'],
    [{ tags: { x: 'y'.repeat(257) } }, 'tags.x', 'tag_value'],
    [{ names: Array.from({ length: 100 }, (_, at) => `n${at}.example.com`) }, 'names', 'names_count'],
    [
      {
        validation: {
          method: 'DNS',
          domains: [{ domain: 'www.example.com', validationDomain: 'example.com' }],
        },
      },
      'validation.domains[0].validationDomain',
      'validation_domain_unused',
    ],
  ] as const)('request %# is refused', async (request, field, code) => {
    await using given = await managedPorts()
    await expect(given.request(request as never)).rejects.toMatchObject({
      code: 'request_invalid',
      violations: [{ field, ...(code === undefined ? {} : { code }) }],
    })
  })

  it.each([
    ['exemple.org', 'validation_domain'],
    ['com', 'validation_domain'],
    ['b.www.example.com', 'validation_domain'],
    ['example.com', undefined],
    ['www.example.com', undefined],
  ])('the validation domain %s', async (validationDomain, code) => {
    await using given = await managedPorts({
      mailer: { send: async () => ({ via: 'test', response: '250', outcome: 'accepted' }) },
    })
    const asked = given.request({
      validation: { method: 'EMAIL', domains: [{ domain: 'www.example.com', validationDomain }] },
    })
    await (code === undefined
      ? expect(asked).resolves.toMatchObject({ status: 'PENDING_VALIDATION' })
      : expect(asked).rejects.toMatchObject({ violations: [{ code }] }))
  })
})

describe('DNS validation', () => {
  it('gives one record for d and *.d, always the same for the account, in every region', async () => {
    await using given = await managedPorts()
    const records = async (names: readonly string[], region = given.admin.region) => {
      const principal = { ...given.admin, region }
      const managed = await given.request({ domainName: names[0] as string, names: names.slice(1), ...DNS })
      return (
        await describeManaged(given.ports, { ...principal, region: managed.region }, managed.id)
      ).validations.map(({ record }) => record)
    }
    const [d, star, other] = await records(['example.com', '*.example.com', 'example.org'])
    expect(d).toEqual(star)
    expect(d?.name).toMatch(/^_[0-9a-f]{32}\.example\.com$/)
    expect(d?.value).toMatch(/^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws$/)
    expect(other?.value).not.toBe(d?.value)
    expect(await records(['*.example.com'])).toEqual([d])
  })

  it('issues when every record stands, from an authority of the installation’s own', async () => {
    await using given = await managedPorts()
    const managed = await given.request({ names: ['example.com'], ...DNS })
    expect(managed).toMatchObject({ kind: 'validated', status: 'PENDING_VALIDATION', current: undefined })
    expect(await given.turn()).toMatchObject({ waiting: 1, issued: 0 })
    await given.prove(managed)
    given.pass(MINUTE)
    expect(await given.turn()).toMatchObject({ issued: 1 })
    const view = await describeManaged(given.ports, given.admin, managed.id)
    expect(view.managed).toMatchObject({
      status: 'ISSUED',
      validateUntil: undefined,
      failureDetail: undefined,
    })
    expect(view.validations.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS'])
    expect(new X509Certificate(view.file?.der ?? new Uint8Array()).issuer).toContain(
      'Chancery Validated Issuing',
    )
    const tenants = (await given.ports.store.reads.authorities.all()).filter(
      ({ account }) => account === given.admin.account,
    )
    expect(tenants.map(({ name }) => name)).toEqual(['root', 'issuing'])
  })

  it('says what is wrong while it waits, and keeps what was asked and answered', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    const { validations } = await describeManaged(given.ports, given.admin, managed.id)
    given.zone[validations[0]?.record?.name ?? ''] = [cname('elsewhere.example')]
    await given.turn()
    const view = await describeManaged(given.ports, given.admin, managed.id)
    expect(view.managed.failureDetail).toContain('elsewhere.example')
    expect(view.validations[0]?.reason).toContain('elsewhere.example')
    const evidence = await evidenceOf(given.ports, given.admin, { id: managed.id })
    expect(evidence).toMatchObject([
      { kind: 'dns', verdict: 'refused', version: 1, items: [{ perspective: 'primary' }] },
    ])
  })

  it('waits longer each time, and gives up after 72 hours', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    const waits: number[] = []
    for (let turns = 0; turns < 14; turns++) {
      await given.turn()
      const { dueAt = 0 } = await given.now(managed)
      waits.push(dueAt - given.calendar.now())
      given.pass(dueAt - given.calendar.now())
    }
    expect(waits[0]).toBe(10_000)
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(Math.max(...waits)).toBe(15 * MINUTE)
    given.pass(VALIDATION_WINDOW)
    await given.prove(managed)
    expect(await given.turn()).toMatchObject({ ended: 1, issued: 0 })
    expect(await given.now(managed)).toMatchObject({ status: 'VALIDATION_TIMED_OUT', dueAt: undefined })
    await expect(validateNow(given.ports, given.admin, managed.id)).rejects.toMatchObject({
      code: 'state_conflict',
    })
  })

  it('a resolver that is down says nothing about the name: it is tried again, and issued when it is up', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    await given.prove(managed)
    given.zone['example.com'] = 'servfail'
    await given.turn()
    expect(await given.now(managed)).toMatchObject({ status: 'PENDING_VALIDATION', failure: 'CAA_ERROR' })
    delete given.zone['example.com']
    given.pass(MINUTE)
    await given.turn()
    expect(await given.now(managed)).toMatchObject({ status: 'ISSUED', failure: undefined })
  })

  it('asked to look now, when the job was quicker: answers what is issued, and issues nothing more', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    await given.prove(managed)
    await given.turn()
    expect(await validateNow(given.ports, given.admin, managed.id)).toEqual(await given.now(managed))
    expect(await given.now(managed)).toMatchObject({ status: 'ISSUED', current: { number: 1 } })
  })
})

describe('CAA', () => {
  it('for another authority blocks, is named, and issues once it is corrected', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    await given.prove(managed)
    given.zone['example.com'] = [caa('issue', 'other.example')]
    await given.turn()
    const blocked = await given.now(managed)
    expect(blocked).toMatchObject({ status: 'PENDING_VALIDATION', failure: 'CAA_ERROR' })
    expect(blocked.failureDetail).toContain('www.example.com')
    given.zone['example.com'] = [caa('issue', 'ca.example.net')]
    await validateNow(given.ports, given.admin, managed.id)
    expect(await given.now(managed)).toMatchObject({ status: 'ISSUED', failure: undefined })
    const evidence = await evidenceOf(given.ports, given.admin, { id: managed.id })
    expect(evidence.map(({ kind, verdict, version }) => [kind, verdict, version])).toEqual([
      ['caa', 'passed', 1],
      ['dns', 'passed', 1],
    ])
  })

  it('that forbids for 72 hours makes the request fail, as what it is', async () => {
    await using given = await managedPorts()
    const managed = await given.request(DNS)
    await given.prove(managed)
    given.zone['example.com'] = [caa('issue', ';')]
    await given.turn()
    given.pass(VALIDATION_WINDOW + HOUR)
    await given.turn()
    expect(await given.now(managed)).toMatchObject({ status: 'FAILED', failure: 'CAA_ERROR' })
  })

  it('is asked for every name: one that says no is enough', async () => {
    await using given = await managedPorts()
    const managed = await given.request({ names: ['*.example.com', 'example.org'], ...DNS })
    await given.prove(managed)
    given.zone['example.com'] = [caa('issue', 'ca.example.net'), caa('issuewild', ';')]
    await given.turn()
    expect((await given.now(managed)).failureDetail).toContain('*.example.com')
    expect(managedStatus(await given.now(managed), given.calendar.now())).toBe('PENDING_VALIDATION')
  })
})
