import { listDnsFaults, orderDnsFault, withdrawDnsFaults } from '../../../core/operations/zones/dns-faults.ts'
import { deleteRecords, listRecords, putRecords } from '../../../core/operations/zones/record-sets.ts'
import { createZone, deleteZone, describeZone, listZones } from '../../../core/operations/zones/zones.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { dnsFaultJson, recordSetJson, zoneJson } from '../json/zone-json.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'createZone'
  | 'listZones'
  | 'describeZone'
  | 'deleteZone'
  | 'listRecords'
  | 'putRecords'
  | 'deleteRecords'
  | 'orderDnsFault'
  | 'listDnsFaults'
  | 'withdrawDnsFaults'
  | 'withdrawDnsFault'
>

/** The simulated DNS; mounted in simulation only. */
export const zoneHandlers = (ports: Ports): Part => ({
  createZone: async ({ principal, body, idempotency }) =>
    zoneJson(await createZone(ports, principal, { ...body, idempotency })),
  listZones: async ({ principal, query }) => {
    const { items, next } = await listZones(ports, principal, pageRequestOf(query))
    return { items: items.map(zoneJson), next }
  },
  describeZone: async ({ principal, params }) => zoneJson(await describeZone(ports, principal, params.apex)),
  deleteZone: async ({ principal, params }) => {
    await deleteZone(ports, principal, params.apex)
    return undefined
  },
  listRecords: async ({ principal, params, query }) => {
    const { name } = query
    const request = defined({ apex: params.apex, name })
    const { items, next } = await listRecords(ports, principal, request, pageRequestOf(query))
    return { items: items.map(recordSetJson), next }
  },
  putRecords: async ({ principal, params, body }) =>
    recordSetJson(await putRecords(ports, principal, defined({ ...body, apex: params.apex }))),
  deleteRecords: async ({ principal, params, query }) => {
    await deleteRecords(ports, principal, defined({ ...query, apex: params.apex }))
    return undefined
  },
  orderDnsFault: async ({ principal, body, idempotency }) =>
    dnsFaultJson(await orderDnsFault(ports, principal, { ...defined(body), idempotency })),
  listDnsFaults: async ({ principal }) => ({
    items: (await listDnsFaults(ports, principal)).map(dnsFaultJson),
  }),
  withdrawDnsFaults: async ({ principal }) => {
    await withdrawDnsFaults(ports, principal, undefined)
    return undefined
  },
  withdrawDnsFault: async ({ principal, params }) => {
    await withdrawDnsFaults(ports, principal, params.fault)
    return undefined
  },
})
