import { encode, type Packet } from 'dns-packet'

/** A response from dns-packet, to take apart; `raw` records have their data as octets. */
export const aResponse = (more: Partial<Packet> = {}): Buffer =>
  encode({
    type: 'response',
    id: 7,
    flags: 0x0180,
    questions: [{ name: 'www.example.com', type: 'CAA', class: 'IN' }],
    ...more,
  })

/** A record of any type with its data as octets. */
export const raw = (type: number, data: Uint8Array, name = 'www.example.com') =>
  ({ name, type: `UNKNOWN_${type}`, ttl: 300, class: 'IN', data: Buffer.from(data) }) as never
