import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { openStore } from '../../src/adapters/prisma/store.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { serialOf } from '../../src/core/domain/ids.ts'
import { DAY } from '../../src/core/domain/time.ts'
import { loadConfig } from '../../src/main/config.ts'
import { initDataDir } from '../../src/main/server.ts'
import { hasTool } from '../support/tools.ts'
import { run } from './support/run.ts'
import {
  aServer,
  databaseIn,
  settingsFor,
  spawnServer,
  temporaryDirectory,
  type LocalServer,
  type ServerProcess,
} from './support/servers.ts'

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const examples = join(import.meta.dirname, '../../examples/cdn')

/** What curl saw: status, headers in lower case, the body's length and SHA-256-free text where asked. */
type Seen = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

function curl(url: string, ...options: string[]): Promise<Seen> {
  return new Promise((resolve, reject) => {
    execFile(
      'curl',
      ['-sS', '-D', '-', ...options, url],
      { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error !== null) {
          reject(new Error(stderr.toString(), { cause: error }))
          return
        }
        const end = stdout.indexOf('\r\n\r\n')
        const [first = '', ...lines] = stdout.subarray(0, end).toString().split('\r\n')
        const headers = Object.fromEntries(
          lines.map((line) => [
            line.slice(0, line.indexOf(':')).toLowerCase(),
            line.slice(line.indexOf(':') + 1).trim(),
          ]),
        )
        resolve({ status: Number(first.split(' ')[1]), headers, body: stdout.subarray(end + 4) })
      },
    )
  })
}

const there = hasTool('curl', '--version') && hasTool('nginx', '-v') && hasTool('openssl')

describe.skipIf(!there)('the public repository behind a real cache', () => {
  let server: LocalServer
  let directory: string
  let cache: string
  const children: ChildProcess[] = []
  let authority: string
  let root: string
  const purged: string[] = []

  beforeAll(async () => {
    directory = temporaryDirectory()
    const [cachePort, purgePort] = [await freePort(), await freePort()]
    cache = `http://127.0.0.1:${cachePort}`
    server = await aServer({
      CHANCERY_REPOSITORY_WEBHOOK: `http://127.0.0.1:${purgePort}/`,
      CHANCERY_REPOSITORY_WEBHOOK_SECRET: SECRET,
      CHANCERY_CACHE_RULES: '/roots.*=0,1,1',
    })
    const purge = spawn(process.execPath, [join(examples, 'purge.mjs')], {
      env: {
        WEBHOOK_SECRET: SECRET,
        PURGE_PORT: String(purgePort),
        PURGE_CACHE: cache,
        PURGE_SECRET: 'the-secret-of-purge.mjs',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(purge, nginx(cachePort))
    const lines = createInterface(purge.stdout)
    await once(lines, 'line')
    lines.on('line', (line) => purged.push(line))
    const { items } = await server.admin.listAuthorities({ query: {} })
    authority = items.find(({ kind }) => kind === 'subordinate')?.id ?? ''
    root = items.find(({ kind }) => kind === 'root')?.id ?? ''
    await answering()
  })
  afterAll(async () => {
    for (const child of children) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await server.dispose()
    rmSync(directory, { recursive: true })
  })

  /** The example's configuration, with paths and ports of its own. */
  function nginx(port: number): ChildProcess {
    const site = readFileSync(join(examples, 'nginx.conf'), 'utf8')
      .replace('/var/cache/nginx/chancery', join(directory, 'cache'))
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replace('http://127.0.0.1:8080', server.repositoryUrl)
    mkdirSync(join(directory, 'cache'), { mode: 0o777 })
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    const file = join(directory, 'nginx.conf')
    writeFileSync(
      file,
      `daemon off; user root; pid ${directory}/nginx.pid; error_log ${directory}/error.log;
      events { worker_connections 256; }
      http { access_log off; ${paths.map((each) => `${each}_temp_path ${directory}/${each};`).join(' ')}
      ${site} }`,
    )
    return spawn('nginx', ['-c', file], { stdio: 'inherit' })
  }

  async function answering(): Promise<void> {
    for (;;) {
      const { status } = await run('curl', [
        '-s',
        '-o',
        '/dev/null',
        '--retry',
        '20',
        '--retry-connrefused',
        cache,
      ])
      if (status === 0) return
    }
  }

  const fetched = async (path: string, ...options: string[]) => {
    const { status, headers, body } = await curl(`${cache}${path}`, ...options)
    return { status, cache: headers['x-cache'], headers, body }
  }
  const revokeOne = async (): Promise<string> => {
    const body = { key: { algorithm: 'EC_prime256v1' as const }, names: { dns: ['a.example'] } }
    const { id } = await server.admin.issueCertificate({ body })
    await server.admin.revokeCertificate({ params: { id }, body: {} })
    return id.split('.')[1] ?? ''
  }
  /** Whether openssl finds the serial in a CRL that this authority signed. */
  const listed = async (crl: Buffer, serial: string): Promise<boolean> => {
    const file = join(directory, 'x.crl')
    writeFileSync(file, crl)
    writeFileSync(join(directory, 'ca.pem'), (await fetched(`/ca/${authority}.pem`)).body)
    const { stdout, stderr } = await run('openssl', [
      ...['crl', '-inform', 'DER', '-in', file, '-noout', '-text', '-CAfile', join(directory, 'ca.pem')],
    ])
    expect(stderr).toContain('verify OK')
    return stdout.toLowerCase().includes(serial.replace(/^0+/, ''))
  }

  test('misses, then hits; ranges and HEAD come from the cache; what isn’t there is never kept', async () => {
    const path = `/crl/${authority}.crl`
    const [miss, hit] = [await fetched(path), await fetched(path)]
    expect([miss.cache, hit.cache]).toEqual(['MISS', 'HIT'])
    expect(hit.body.equals(miss.body)).toBe(true)
    const range = await fetched(path, '-H', 'Range: bytes=10-19')
    expect([range.status, range.cache, range.body.equals(miss.body.subarray(10, 20))]).toEqual([
      206,
      'HIT',
      true,
    ])
    const head = await fetched(path, '-I')
    expect([head.status, head.cache, head.headers['content-length']]).toEqual([
      200,
      'HIT',
      String(miss.body.length),
    ])
    expect((await fetched(path, '-H', `If-None-Match: ${miss.headers['etag'] ?? ''}`)).status).toBe(304)
    expect((await fetched(`${path}?a=1`)).cache).toBe('HIT')
    for (const _ of [1, 2])
      expect(await fetched('/crl/01900000-0000-7000-8000-000000000001.crl')).toMatchObject({
        status: 404,
        cache: 'MISS',
      })
  })

  test('a revocation purges the CRL: the cache has the new one within seconds, not minutes', async () => {
    const path = `/crl/${authority}.crl`
    const before = await fetched(path)
    const serial = await revokeOne()
    const after = await vi.waitFor(
      async () => {
        const seen = await fetched(path)
        expect(seen.headers['etag']).not.toBe(before.headers['etag'])
        return seen
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(await listed(before.body, serial)).toBe(false)
    expect(await listed(after.body, serial)).toBe(true)
    expect(purged.some((line) => line.startsWith('local.chancery.repository.changed'))).toBe(true)
  })

  test('and what the responder said by GET: openssl reads revoked from the cache (RFC 9919 §6)', async () => {
    const body = { key: { algorithm: 'EC_prime256v1' as const }, names: { dns: ['b.example'] } }
    const { id, certificate } = await server.admin.issueCertificate({ body })
    const [leaf, issuer, roots] = ['leaf.pem', 'issuer.pem', 'roots.pem'].map((name) => join(directory, name))
    writeFileSync(leaf ?? '', certificate)
    writeFileSync(issuer ?? '', (await fetched(`/ca/${authority}.pem`)).body)
    writeFileSync(roots ?? '', (await curl(`${server.repositoryUrl}/roots.pem`)).body)
    const about = ['ocsp', '-issuer', issuer ?? '', '-cert', leaf ?? '', '-no_nonce']
    const request = join(directory, 'request.der')
    await run('openssl', [...about, '-reqout', request])
    const path = `/ocsp/${encodeURIComponent(readFileSync(request).toString('base64'))}`
    const said = async () => {
      const answer = await fetched(path)
      writeFileSync(join(directory, 'response.der'), answer.body)
      const { stdout, stderr } = await run('openssl', [
        ...[...about, '-respin', join(directory, 'response.der'), '-CAfile', roots ?? ''],
      ])
      expect(stderr).toContain('Response verify OK')
      return { cache: answer.cache, status: /: (good|revoked)/.exec(stdout)?.[1] }
    }
    expect(await said()).toEqual({ cache: 'MISS', status: 'good' })
    expect(await said()).toEqual({ cache: 'HIT', status: 'good' })
    await server.admin.revokeCertificate({ params: { id }, body: {} })
    await vi.waitFor(async () => expect(await said()).toEqual({ cache: 'HIT', status: 'revoked' }), {
      timeout: 30_000,
      interval: 100,
    })
  })

  test('what is out of date is asked for with its ETag, and is good for longer when it hasn’t changed', async () => {
    const first = await fetched('/roots.pem')
    expect(first.cache).toBe('MISS')
    // It is fresh for a second: on a busy machine the next one may come too late.
    await expect.poll(async () => (await fetched('/roots.pem')).cache).toBe('HIT')
    const later = await vi.waitFor(
      async () => {
        const seen = await fetched('/roots.pem')
        expect(seen.cache).not.toBe('HIT')
        return seen
      },
      { timeout: 30_000, interval: 200 },
    )
    expect([later.cache, later.body.equals(first.body)]).toEqual(['REVALIDATED', true])
  })

  test('a stranger purges nothing', async () => {
    const path = `/crl/${authority}.crl`
    // What was revoked above may be purged now only.
    await expect.poll(async () => (await fetched(path, '-H', 'X-Purge: guess')).cache).toBe('HIT')
    expect((await fetched(path, '-H', 'X-Purge: the-secret-of-purge.mjs')).cache).toBe('BYPASS')
  })

  test('openssl and nginx read what it serves: PKCS #7, chains, roots, compressed PEM', async () => {
    const chain = await fetched(`/ca/${authority}-chain-with-root.p7c`)
    expect(chain.headers['content-type']).toBe('application/pkcs7-mime')
    const file = join(directory, 'chain.p7c')
    writeFileSync(file, chain.body)
    const { stdout } = await run('openssl', ['pkcs7', '-inform', 'DER', '-in', file, '-print_certs'])
    expect(stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    writeFileSync(join(directory, 'roots.pem'), (await fetched('/roots.pem')).body)
    writeFileSync(join(directory, 'sub.pem'), (await fetched(`/ca/${authority}-chain.pem`)).body)
    const verified = await run('openssl', [
      ...['verify', '-x509_strict', '-CAfile', join(directory, 'roots.pem'), join(directory, 'sub.pem')],
    ])
    expect(verified.stdout).toContain('OK')
    const direct = `${server.repositoryUrl}/ca/${authority}-chain-with-root.pem`
    const [plain, unpacked] = [await curl(direct), await curl(direct, '--compressed')]
    expect([plain.headers['content-encoding'], unpacked.headers['content-encoding']]).toEqual([
      undefined,
      'gzip',
    ])
    expect(unpacked.body.equals(plain.body)).toBe(true)
    expect((await fetched(`/ca/${root}.cer`)).headers['content-type']).toBe('application/pkix-cert')
  })
})

describe.skipIf(!hasTool('curl', '--version'))('a CRL of 100,000 entries', () => {
  const ENTRIES = 100_000
  const READERS = 32
  let dataDir: string
  let server: ServerProcess
  let url: string

  beforeAll(async () => {
    dataDir = temporaryDirectory()
    await initDataDir(loadConfig(settingsFor(dataDir, {}), 'normal'))
    const store = await openStore({ file: databaseIn(dataDir), serverId: 'seed', clock: systemClock })
    const issuer = (await store.reads.authorities.all()).find(({ kind }) => kind === 'subordinate')
    if (issuer === undefined) throw new Error('there is no issuing authority')
    const { id, account, region } = issuer
    const now = Date.now()
    for (let from = 0; from < ENTRIES; from += 1000)
      await store.transact((writes) =>
        Array.from({ length: 1000 }, () =>
          writes.revocations.import({
            authority: id,
            account,
            region,
            serial: serialOf(randomBytes(16)),
            revokedAt: now,
            reason: 'superseded',
            notAfter: now + 90 * DAY,
          }),
        ),
      )
    await store.close()
    server = await spawnServer(dataDir)
    url = `${server.repositoryUrl}/crl/${id}.crl`
  }, 300_000)
  afterAll(async () => {
    await server.end('SIGTERM')
    rmSync(dataDir, { recursive: true })
  })

  test('is read by many at a limited rate without being held for any of them', async () => {
    const whole = await curl(url)
    expect(whole.body.length).toBeGreaterThan(ENTRIES * 35)
    const memory = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024
    // What it takes anyway.
    await Promise.all(Array.from({ length: READERS }, () => curl(url)))
    const before = memory()
    let most = before
    const sampling = setInterval(() => (most = Math.max(most, memory())), 50)
    const readers = Array.from({ length: READERS }, () => curl(url, '--limit-rate', '1200k'))
    for (const { body } of await Promise.all(readers)) expect(body.equals(whole.body)).toBe(true)
    clearInterval(sampling)
    // Held for each, it would be the file as many times as there are readers: 158 MB, far above what the heap grows by itself.
    expect(most - before).toBeLessThan((whole.body.length * READERS) / 2)
  })

  test('comes in ranges, and compressed', async () => {
    const whole = await curl(url)
    const [range, unpacked] = [await curl(url, '-r', '1000000-1999999'), await curl(url, '--compressed')]
    expect(range.status).toBe(206)
    expect(range.body.equals(whole.body.subarray(1_000_000, 2_000_000))).toBe(true)
    expect([unpacked.headers['content-encoding'], unpacked.body.equals(whole.body)]).toEqual(['gzip', true])
  })
})
