import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../src/adapters/system/metrics.ts'

describe('createMetrics', () => {
  it('counts what it is told, under its own names', async () => {
    const metrics = createMetrics()
    metrics.httpRequest('/v1/certificates', 'POST', 201, 0.004)
    metrics.auditEvent('IssueCertificate')
    metrics.auditEvent('IssueCertificate')
    metrics.auditEvent('RevokeCertificate')
    metrics.groupCommit(5)
    metrics.walSize(4096)
    metrics.crlAge('a', 60)
    metrics.kmsUnwrap('local')
    const lines = (await metrics.text()).split('\n')
    for (const line of [
      'chancery_http_request_duration_seconds_count{route="/v1/certificates",method="POST",status="201"} 1',
      'chancery_audit_events_total{event="IssueCertificate"} 2',
      'chancery_audit_events_total{event="RevokeCertificate"} 1',
      'chancery_group_commit_transactions_bucket{le="4"} 0',
      'chancery_group_commit_transactions_bucket{le="8"} 1',
      'chancery_wal_size_bytes 4096',
      'chancery_crl_age_seconds{authority="a"} 60',
      'chancery_kms_unwraps_total{provider="local"} 1',
    ]) {
      expect(lines).toContain(line)
    }
  })

  it('names everything chancery_, event loop lag included', async () => {
    const text = await createMetrics().text()
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    expect(names).toContain('chancery_nodejs_eventloop_lag_seconds')
    expect(names.filter((name) => !name?.startsWith('chancery_'))).toEqual([])
  })

  it('keeps servers in one process apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.auditEvent('IssueCertificate')
    expect(await other.text()).not.toContain('event="IssueCertificate"')
  })

  it('has one label for all methods that HTTP does not know', async () => {
    const metrics = createMetrics()
    for (const method of ['BREW', 'WHEN', 'get']) metrics.httpRequest('/', method, 405, 0.001)
    expect(await metrics.text()).toContain('_count{route="/",method="other",status="405"} 3')
    expect(metrics.contentType).toMatch(/^text\/plain/)
  })
})
