import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/main/config.ts'
import { startServer } from '../../src/main/server.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chancery-metrics-'))
})
afterEach(() => rm(dataDir, { recursive: true }))

const TOKEN = 'a-token-of-more-than-thirty-two-characters'

describe('metrics of a running server', () => {
  it('count what the audit trail took up, and tell the age of each CRL; only for the administrator', async () => {
    const server = await startServer(
      loadConfig(
        {
          CHANCERY_DATA_DIR: dataDir,
          CHANCERY_API_PORT: '0',
          CHANCERY_PUBLIC_PORT: '0',
          CHANCERY_TLS: 'off',
          CHANCERY_LOG_LEVEL: 'silent',
          CHANCERY_ADMIN_TOKEN: TOKEN,
        },
        'normal',
      ),
    )
    try {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
      for (const name of ['a.test', 'b.test', 'not a name']) {
        const body = JSON.stringify({ key: { algorithm: 'EC_prime256v1' }, names: { dns: [name] } })
        await fetch(`${server.apiUrl}/v1/certificates`, { method: 'POST', headers, body })
      }
      expect((await fetch(`${server.apiUrl}/metrics`)).status).toBe(401)
      const text = await (await fetch(`${server.apiUrl}/metrics`, { headers })).text()
      // Root and issuing authority are certificates, too, and so are those of their OCSP responders.
      expect(text).toContain('chancery_audit_events_total{event="CreateCertificateAuthority"} 2')
      expect(text).toContain('chancery_audit_events_total{event="IssueCertificate"} 6')
      expect(text.match(/^chancery_crl_age_seconds\{authority="[0-9a-f-]{36}"\} [0-9.]+$/gm)).toHaveLength(2)
      expect(
        text.match(/^chancery_ocsp_responder_expires_seconds\{authority="[0-9a-f-]{36}"\} [0-9.]+$/gm),
      ).toHaveLength(2)
      const asked = await fetch(`${server.repositoryUrl}/ocsp/MEow`)
      expect(Buffer.from(await asked.arrayBuffer()).toString('hex')).toBe('30030a0101')
      const after = await (await fetch(`${server.apiUrl}/metrics`, { headers })).text()
      expect(after).toContain('chancery_ocsp_request_duration_seconds_count{outcome="malformedRequest"} 1')
      expect(after).toContain('chancery_ocsp_cache_hits_total 0')
      expect(text).not.toContain(TOKEN)
    } finally {
      await server.stop()
    }
  })
})
