import { faultFor, spendsFault, type DnsFault, type FaultyQuestion } from '../../domain/dns-faults.ts'
import { StoreConflict } from '../../domain/errors.ts'
import { answerFromZones, type ZoneAnswer } from '../../domain/zone-answers.ts'
import type { Ports } from '../../ports/ports.ts'

/** What the simulated DNS has to say to a question. */
export type SimulatedAnswer = {
  /** Spoils the answer. */
  readonly fault: DnsFault | undefined
  /** Undefined for a name outside all zones; `loop` for aliases without an end. */
  readonly answer: ZoneAnswer | 'loop' | undefined
}

/**
 * Answers a question from the simulated zones of all accounts: the DNS is one. No principal: whoever reaches a
 * resolver may ask it anything.
 * @param question its name in lower case without the final dot
 */
export async function answerQuestion(
  ports: Pick<Ports, 'store'>,
  question: FaultyQuestion,
): Promise<SimulatedAnswer> {
  const fault = await spentFault(ports, question)
  return { fault, answer: await answerFromZones(ports.store.reads.zones, question, question.perspective) }
}

/** The fault for a question, counted. */
async function spentFault(
  { store }: Pick<Ports, 'store'>,
  question: FaultyQuestion,
): Promise<DnsFault | undefined> {
  for (;;) {
    const fault = faultFor(await store.reads.dnsFaults.all(), question)
    if (fault === undefined || !spendsFault(fault, question.transport)) return fault
    try {
      await store.transact((writes) => [writes.dnsFaults.spend(fault.id)])
      return fault
    } catch (error) {
      // Another question took the last one: what is next?
      if (!(error instanceof StoreConflict)) throw error
    }
  }
}
