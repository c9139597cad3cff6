/** What the DNS benchmark puts into its zone, and what it asks for. */
export const ZONE = 'bench.example'

export const nameOf = (index: number): string => `host${index}.${ZONE}`
export const addressOf = (index: number): string => `192.0.${index >> 8}.${index & 255}`

export type Expected = {
  readonly name: string
  readonly type: 'A' | 'CAA'
  readonly rcode: number
  readonly answerCount: number
}

/** Four questions a name: its address, its alias's, a type that it hasn't, and a name that isn't there. */
export function expectedFor(number: number, names: number): Expected {
  const index = number % names
  switch (Math.floor(number / names)) {
    case 0:
      return { name: nameOf(index), type: 'A', rcode: 0, answerCount: 1 }
    case 1:
      return { name: `alias${index}.${ZONE}`, type: 'A', rcode: 0, answerCount: 2 }
    case 2:
      return { name: nameOf(index), type: 'CAA', rcode: 0, answerCount: 0 }
    default:
      return { name: `none${index}.${ZONE}`, type: 'A', rcode: 3, answerCount: 0 }
  }
}
