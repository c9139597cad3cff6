import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CrlScope } from '../../../../src/core/domain/crl-scopes.ts'
import { crlFile } from '../../../../src/core/operations/revocation/crl-file.ts'
import { crlScene, shardOf, type CrlScene } from './crl-scene.ts'

let scene: CrlScene
let scope: CrlScope
let shard: string
beforeAll(async () => {
  scene = await crlScene({ crl: { kind: 'PARTITIONED', deltaHours: 12 } })
  const certificate = await scene.leaf()
  scope = shardOf(certificate)
  shard = (await scene.ports.store.reads.shards.get(certificate.shard ?? (0 as never)))?.name ?? ''
  await scene.publish()
  await scene.publish(scope)
  await scene.revoke(certificate)
})
afterAll(() => scene[Symbol.asyncDispose]())

const at = (path: string) => crlFile(scene.ports, path.split('/'))

describe('a public path names a CRL', () => {
  test('by its last name, whatever stands before that', async () => {
    const { id } = scene.authority
    const { crls } = scene.ports.store.reads
    const complete = await crls.latest(scene.complete, 'complete')
    const ofShard = await crls.latest(scope, 'complete')
    const delta = await crls.latest(scope, 'delta')
    expect(complete?.number).toBe(1n)
    for (const before of ['', 'crl/', 'pki/of/old/'])
      expect(await at(`${before}${id}.crl`)).toEqual({ crl: complete, immutable: false })
    expect(await at(`crl/${shard}.crl`)).toEqual({ crl: ofShard, immutable: false })
    expect(await at(`crl/${shard}-delta.crl`)).toEqual({ crl: delta, immutable: false })
    expect(await at(`crl/${shard}/${ofShard?.number}.crl`)).toEqual({ crl: ofShard, immutable: true })
    expect(await at(`crl/${shard}/${delta?.number}-delta.crl`)).toEqual({ crl: delta, immutable: true })
    expect(await at(`${id}/1-delta.crl`)).toMatchObject({ crl: { kind: 'delta' }, immutable: true })
  })

  test('or none', async () => {
    const { id } = scene.authority
    for (const path of [
      '',
      '.crl',
      'x.crl',
      `${id}`,
      `${id}.CRL`,
      `${id.toUpperCase()}.crl`,
      `${id}.crl/`,
      `${id}/2.crl`,
      `${id}/01.crl`,
      `${id}/-1.crl`,
      `${id}/1e3.crl`,
      `${id}/99999999999999999999.crl`,
      `${shard}/x/1.crl`,
      '1.crl',
      '../1.crl',
      '01900000-0000-7000-8000-000000000001.crl',
      '01900000-0000-7000-8000-000000000001/1.crl',
    ])
      expect(await at(path), path).toBeUndefined()
  })
})
