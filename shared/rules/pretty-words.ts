import { durationParts, type DurationUnit } from './durations.js';
import type { AggregateFunction, Combinator, Operator } from './language.js';

/** How a language says what is in a rule; `pretty.ts` puts it together. */
export interface Words {
  /** The last touch, to the whole. */
  readonly finish: (sentence: string) => string;
  readonly combine: Readonly<Record<Combinator, string>>;
  readonly brackets: (text: string) => string;
  readonly not: (text: string) => string;
  readonly text: (text: string) => string;
  readonly bool: readonly [no: string, yes: string];
  readonly list: (texts: readonly string[], more: number) => string;
  readonly duration: (text: string) => string;
  readonly compare: (subject: string, operator: Operator, kind: 'time' | 'other', value: string, second: string) => string;
  readonly member: (list: string, not: boolean) => string;
  readonly times: (factor: string, of: string) => string;
  readonly triggering: (field: string) => string;
  readonly aggregate: (fn: AggregateFunction, kind: string, key: string, field: string, window: string, offset: string, where: string) => string;
}

/** A comma, unless nothing follows it. No text a rule compares with can be mistaken for it: control characters are not said. */
const CLAUSE_END = '\u0001';

const ENGLISH_UNITS: Readonly<Record<DurationUnit, string>> = { week: 'week', day: 'day', hour: 'hour', minute: 'minute' };
const CHINESE_UNITS: Readonly<Record<DurationUnit, string>> = { week: '周', day: '天', hour: '小时', minute: '分钟' };

export const ENGLISH: Words = {
  finish: (sentence) => sentence.split(CLAUSE_END).reduce((said, rest) => `${said}${rest === '' || rest.startsWith(')') ? '' : ','}${rest}`),
  combine: { and: ' and ', or: ' or ' },
  brackets: (text) => `(${text})`,
  not: (text) => `not (${text})`,
  text: (text) => `"${spoken(text)}"`,
  bool: ['no', 'yes'],
  list: (texts, more) => `${texts.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  duration: (text) => (durationParts(text) ?? []).map(([amount, unit]) => `${amount} ${ENGLISH_UNITS[unit]}${amount === 1 ? '' : 's'}`).join(' '),
  compare: (subject, operator, kind, value, second) => {
    const time = kind === 'time';
    switch (operator) {
      case '=': return `${subject} is ${value}`;
      case '!=': return `${subject} is not ${value}`;
      case '<': return `${subject} is ${time ? 'before' : 'less than'} ${value}`;
      case '<=': return `${subject} is ${time ? 'not after' : 'at most'} ${value}`;
      case '>': return `${subject} is ${time ? 'after' : 'more than'} ${value}`;
      case '>=': return `${subject} is ${time ? 'not before' : 'at least'} ${value}`;
      case 'between': return `${subject} is from ${value} to ${second}`;
      case 'in': return `${subject} is one of ${value}`;
      case 'notIn': return `${subject} is none of ${value}`;
      case 'beginsWith': return `${subject} begins with ${value}`;
      case 'contains': return `${subject} include ${value}`;
      case 'containsAny': return `${subject} include one of ${value}`;
      case 'olderThan': return `${subject} is at least ${value} ago`;
      case 'youngerThan': return `${subject} is less than ${value} ago`;
      case 'isNull': return `${subject} is not known`;
      case 'notNull': return `${subject} is known`;
    }
  },
  member: (list, not) => `is ${not ? 'not ' : ''}in "${spoken(list)}"`,
  times: (factor, of) => `${factor} times ${of}`,
  triggering: (field) => `${field} of what happened`,
  aggregate: (fn, kind, key, field, window, offset, where) => {
    const names: Readonly<Record<AggregateFunction, string>> = {
      count: 'number of', sum: `total ${field} of`, min: `smallest ${field} of`, max: `largest ${field} of`, avg: `average ${field} of`, distinct: `number of different values of ${field} of`,
    };
    const when = offset === '' ? `in the last ${window}` : `in the ${window} up to ${offset} ago`;
    return `${names[fn]} ${kind} ${key} ${when}${where === '' ? '' : `, only where ${where}${CLAUSE_END}`}`;
  },
};

export const CHINESE: Words = {
  finish: (sentence) => sentence,
  combine: { and: '且', or: '或' },
  brackets: (text) => `（${text}）`,
  not: (text) => `并非（${text}）`,
  text: (text) => `“${spoken(text)}”`,
  bool: ['否', '是'],
  list: (texts, more) => `${texts.join('、')}${more > 0 ? `等${texts.length + more}项` : ''}`,
  duration: (text) => (durationParts(text) ?? []).map(([amount, unit]) => `${amount}${CHINESE_UNITS[unit]}`).join(''),
  compare: (subject, operator, kind, value, second) => {
    const time = kind === 'time';
    switch (operator) {
      case '=': return `${subject}为${value}`;
      case '!=': return `${subject}不为${value}`;
      case '<': return `${subject}${time ? '早于' : '小于'}${value}`;
      case '<=': return `${subject}${time ? '不晚于' : '不大于'}${value}`;
      case '>': return `${subject}${time ? '晚于' : '大于'}${value}`;
      case '>=': return `${subject}${time ? '不早于' : '不小于'}${value}`;
      case 'between': return `${subject}在${value}至${second}之间`;
      case 'in': return `${subject}为以下之一：${value}`;
      case 'notIn': return `${subject}不在以下之列：${value}`;
      case 'beginsWith': return `${subject}以${value}开头`;
      case 'contains': return `${subject}包含${value}`;
      case 'containsAny': return `${subject}包含以下之一：${value}`;
      case 'olderThan': return `${subject}距今已满${value}`;
      case 'youngerThan': return `${subject}距今不满${value}`;
      case 'isNull': return `${subject}未知`;
      case 'notNull': return `${subject}已知`;
    }
  },
  member: (list, not) => `${not ? '不' : ''}在“${spoken(list)}”中`,
  times: (factor, of) => `${of}的${factor}倍`,
  triggering: (field) => `本次${field}`,
  aggregate: (fn, kind, key, field, window, offset, where) => {
    const names: Readonly<Record<AggregateFunction, string>> = {
      count: '的笔数', sum: `的${field}合计`, min: `的最小${field}`, max: `的最大${field}`, avg: `的平均${field}`, distinct: `中不同${field}的个数`,
    };
    const when = offset === '' ? `过去${window}内` : `截至${offset}前的${window}内`;
    return `${when}${key}的${kind}${where === '' ? '' : `（仅限${where}）`}${names[fn]}`;
  },
};

/** Control characters would break the sentence. */
const spoken = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');
