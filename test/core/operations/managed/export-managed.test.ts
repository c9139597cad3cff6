import { expect, it } from 'vitest'
import { certificatePem } from '../../../../src/core/operations/certificates/certificate-facts.ts'
import { exportManaged } from '../../../../src/core/operations/managed/export-managed.ts'
import { versionFileAt } from '../../../../src/core/operations/managed/read-managed.ts'
import { renewManaged } from '../../../../src/core/operations/managed/renew-managed.ts'
import type { Store } from '../../../../src/core/ports/store.ts'
import { managedPorts } from './managed.ts'

it('gives the version that it marks as exported, also when a renewal comes in between', async () => {
  await using given = await managedPorts()
  const { ports, admin } = given
  const { id } = await given.request()
  let renewed = false
  const store: Store = {
    ...ports.store,
    transact: async (build) => {
      await ports.store.transact(build)
      if (renewed) return
      renewed = true
      await renewManaged(ports, admin, id)
    },
  }
  const file = await exportManaged({ ...ports, store }, admin, { id, form: { format: 'pem' } })
  const managed = await given.now({ id })
  expect([managed.exportedVersion, managed.current?.number]).toEqual([1, 2])
  const marked = await versionFileAt(ports, admin, { id, number: 1 })
  expect(Buffer.from(file.bytes).toString('latin1')).toContain(certificatePem(marked.der))
})
