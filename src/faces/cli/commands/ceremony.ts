import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { GlobalOptions } from '../connection.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import { quoted } from '../quoted.ts'
import { factsOf } from '../table.ts'
import type { Ceremony, CeremonyStep, LocalVerbs } from '../world.ts'

type Options = { readonly execute?: string; readonly out: string }

/** Digits of the plan's hash that people compare and type. */
const SHOWN = 16

/** `chancery ceremony`: authorities made after a plan that everybody present has read. */
export function addCeremony(program: Command, run: Run, verbs: LocalVerbs): void {
  program
    .command('ceremony')
    .description(
      'make authorities after a plan, with a signed transcript; without --execute it only rehearses',
    )
    .argument('<plan>', 'the plan, a YAML file')
    .option('--execute <hash>', 'carry it out; the plan’s SHA-256, as the rehearsal printed it')
    .option('--out <dir>', 'where transcript and certificates go; must be empty', 'ceremony')
    .action(async (plan: string, options: Options, command: Command) => {
      const { dataDir } = command.optsWithGlobals<GlobalOptions>()
      const context = contextOf(run, command)
      const ceremony = await verbs.ceremony({
        plan: resolve(run.world.directory, plan),
        dataDir,
        execute: options.execute,
        directory: resolve(run.world.directory, options.out),
        told: (step) =>
          context.note(`${step.made === 'now' ? 'made ' : 'found'}  ${step.kind} “${step.name}”`),
      })
      report(context, ceremony, plan, options)
    })
}

function report(context: Context, ceremony: Ceremony, plan: string, { execute, out }: Options): void {
  if (context.json) return context.print(`${JSON.stringify(ceremony)}\n`)
  const { title, planSha256, steps, files } = ceremony
  context.print(`${title}\nPlan SHA-256  ${planSha256}\n`)
  for (const step of steps) context.print(`\n${stepFacts(step, execute !== undefined)}`)
  if (execute === undefined)
    return context.note(
      `\nA rehearsal: nothing was made; keys are made when it is carried out. Once everybody has read the plan:\n  chancery ceremony ${quoted(plan)} --execute ${planSha256.slice(0, SHOWN)} --out ${quoted(out)}`,
    )
  context.note(
    `\nWritten to ${out}: ${files.join(', ')}\nAnybody who has the root can check the transcript:\n  openssl x509 -in transcript-signer.pem -noout -pubkey > signer.pub\n  openssl dgst -sha256 -verify signer.pub -signature transcript.sig transcript.json\n  openssl verify -CAfile authority-1.pem -untrusted transcript-signer.pem transcript-signer.pem`,
  )
}

function stepFacts(step: CeremonyStep, real: boolean): string {
  return factsOf([
    ['Authority', `${step.name} (${step.kind})`],
    ['Subject', step.subject],
    ['Key', `${step.keyAlgorithm}, signs with ${step.signatureAlgorithm}`],
    // A rehearsal has keys of its own, which say nothing.
    ['Kept by', real ? `${step.kms}${step.keyInDevice ? ', in the device' : ', sealed'}` : undefined],
    ['Public key', real ? `SHA-256 ${step.publicKeySha256}` : undefined],
    ['Valid', `${step.notBefore} to ${step.notAfter}`],
  ])
}
