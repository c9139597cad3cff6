import type { Allowance } from './share-permissions.ts'
import { templateArnNamed } from './templates.ts'

/*
 * What a permission allows, as AWS RAM writes it: a statement without principal and resource, which follow from the share.
 */

/** What a text asks for; which actions and templates there are is for whoever takes it to say. */
export type AskedAllowance = { readonly actions: readonly string[]; readonly templates?: readonly string[] }

const TEMPLATE_ARN = /^arn:aws[a-z-]*:acm-pca:::template\/(.+)$/
const TEMPLATE_KEY = 'acm-pca:TemplateArn'
const MEMBERS = ['Effect', 'Action', 'Condition']

/** A permission's policy template. */
export function policyTemplate({ actions, templates }: Allowance): string {
  const Condition = templates && {
    StringEquals: { [TEMPLATE_KEY]: templates.map((name) => templateArnNamed(name, 'aws')) },
  }
  return JSON.stringify({ Effect: 'Allow', Action: actions, Condition })
}

/**
 * Reads a policy template. Whatever it says beyond actions and the templates to issue under isn't understood here, and a
 * condition that isn't understood must not be left out.
 * @returns undefined for anything else than `{"Effect": "Allow", "Action": […]}`, perhaps with
 *   `"Condition": {"StringEquals": {"acm-pca:TemplateArn": […]}}`
 */
export function allowanceIn(text: string): AskedAllowance | undefined {
  const statement = objectIn(parsed(text), MEMBERS)
  const actions = textsIn(statement?.['Action'])
  if (statement?.['Effect'] !== 'Allow' || actions === undefined) return undefined
  if (statement['Condition'] === undefined) return { actions }
  const equals = objectIn(objectIn(statement['Condition'], ['StringEquals'])?.['StringEquals'], [
    TEMPLATE_KEY,
  ])
  const templates = textsIn(equals?.[TEMPLATE_KEY])?.map((arn) => TEMPLATE_ARN.exec(arn)?.[1])
  return templates?.every((name) => name !== undefined) === true ? { actions, templates } : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function objectIn(value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.keys(value).every((name) => known.includes(name)) ? { ...value } : undefined
}

/** One text, or a list of them. */
function textsIn(value: unknown): readonly string[] | undefined {
  const texts: unknown[] = Array.isArray(value) ? value : [value]
  return texts.length > 0 && texts.every((each) => typeof each === 'string') ? texts : undefined
}
