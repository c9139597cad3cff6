import type { TypeName } from '../types/resource-types.ts'
import type { Condition } from './conditions.ts'
import type { Expression } from './expressions.ts'
import type { Place } from './nodes.ts'

/** A template that can be understood: every name in it leads somewhere, and nothing leans on itself. */
export type Template = {
  readonly description: string | undefined
  readonly parameters: ReadonlyMap<string, Parameter>
  /** Of a name and a key: values by a further key. */
  readonly mappings: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Expression>>>
  readonly conditions: ReadonlyMap<string, Condition>
  /** Each after everything that it leans on; otherwise in the order of the template. */
  readonly resources: ReadonlyMap<string, Resource>
  readonly outputs: ReadonlyMap<string, Output>
}

export const PARAMETER_TYPES = ['String', 'Number', 'CommaDelimitedList', 'List<Number>'] as const
export type Parameter = {
  readonly place: Place
  readonly type: (typeof PARAMETER_TYPES)[number]
  readonly default: string | undefined
  readonly allowedValues: readonly string[] | undefined
  readonly allowedPattern: RegExp | undefined
  readonly minLength: number | undefined
  readonly maxLength: number | undefined
  readonly minValue: number | undefined
  readonly maxValue: number | undefined
  readonly constraintDescription: string | undefined
  readonly noEcho: boolean
}

export const DELETION_POLICIES = ['Delete', 'Retain'] as const
export type DeletionPolicy = (typeof DELETION_POLICIES)[number]

export type Resource = {
  readonly place: Place
  readonly type: TypeName
  /** A map. */
  readonly properties: Expression
  readonly condition: string | undefined
  /** Other resources, named by DependsOn or by a function. Before they are put in order, parameters too. */
  readonly dependsOn: readonly string[]
  /** Whether it outlives its place in the template. */
  readonly deletionPolicy: DeletionPolicy
  /** Whether it outlives being replaced. */
  readonly updateReplacePolicy: DeletionPolicy
}

export type Output = {
  readonly place: Place
  readonly value: Expression
  readonly condition: string | undefined
  readonly description: string | undefined
}

/** What every template may refer to without saying what it is. */
export const PSEUDO_PARAMETERS = [
  'AWS::AccountId',
  'AWS::Region',
  'AWS::Partition',
  'AWS::StackName',
  'AWS::StackId',
  'AWS::URLSuffix',
  'AWS::NoValue',
] as const
export type PseudoParameter = (typeof PSEUDO_PARAMETERS)[number]
