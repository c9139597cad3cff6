/**
 * Asks a DNS server over UDP as fast as it answers, from a process of its own, and holds each answer against what was
 * put into the zone. Arguments: port, milliseconds, names. Prints what it saw as JSON.
 */
import { encode } from 'dns-packet'
import { createSocket } from 'node:dgram'
import { addressOf, expectedFor, type Expected } from './dns-questions.ts'

const [port = 0, milliseconds = 0, names = 0] = process.argv.slice(2).map(Number)
const SOCKETS = 4
/** Questions under way on each socket; the id says which. */
const PIPELINE = 32
/** An answer that takes longer is lost. */
const LOST_AFTER = 5000

type Question = Expected & { readonly packet: Buffer; readonly number: number }
const questions: Question[] = Array.from({ length: names * 4 }, (_, number) => {
  const { name, type, ...expected } = expectedFor(number, names)
  const packet = encode({ type: 'query', id: 0, flags: 0x0100, questions: [{ name, type }] })
  return { name, type, ...expected, packet, number }
})

let next = 0
let answers = 0
let lost = 0
const wrong: string[] = []
const latencies: number[] = []
const until = performance.now() + milliseconds

function isRight({ rcode, answerCount, number, type }: Question, packet: Buffer): boolean {
  const flags = packet.readUInt16BE(2)
  const fits = flags >> 15 === 1 && (flags & 0x20f) === rcode && packet.readUInt16BE(6) === answerCount
  if (!fits || type !== 'A' || answerCount === 0) return fits
  // The address is the last thing in it.
  return packet.subarray(-4).join('.') === addressOf(number % names)
}

function run(): Promise<void> {
  const socket = createSocket('udp4')
  const slots: ({ readonly question: Question; readonly sent: number } | undefined)[] = []
  const ask = (slot: number): void => {
    const question = questions[next++ % questions.length] as Question
    const packet = Buffer.from(question.packet)
    packet.writeUInt16BE(slot)
    slots[slot] = { question, sent: performance.now() }
    socket.send(packet)
  }
  return new Promise((resolve) => {
    const sweep = setInterval(() => {
      const now = performance.now()
      slots.forEach((each, slot) => {
        if (each === undefined || now - each.sent < LOST_AFTER) return
        lost++
        slots[slot] = undefined
        if (now < until) ask(slot)
      })
      if (now < until || slots.some((each) => each !== undefined)) return
      clearInterval(sweep)
      socket.close()
      resolve()
    }, 50)
    socket.on('message', (packet) => {
      const slot = packet.readUInt16BE()
      const asked = slots[slot]
      if (asked === undefined) return void wrong.push('an answer that nobody waits for')
      slots[slot] = undefined
      const now = performance.now()
      if (!isRight(asked.question, packet)) wrong.push(asked.question.name)
      answers++
      latencies.push(now - asked.sent)
      if (now < until) ask(slot)
    })
    socket.connect(port, '127.0.0.1', () => {
      for (let slot = 0; slot < PIPELINE; slot++) ask(slot)
    })
  })
}

const began = performance.now()
await Promise.all(Array.from({ length: SOCKETS }, run))
const seconds = (Math.min(performance.now(), until) - began) / 1000
latencies.sort((one, other) => one - other)
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0
process.stdout.write(
  JSON.stringify({
    rate: answers / seconds,
    answers,
    lost,
    wrong: wrong.slice(0, 5),
    p50: at(0.5),
    p99: at(0.99),
  }),
)
