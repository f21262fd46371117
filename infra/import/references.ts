import { formatOf, type BodyNode, type Expression, type Mapping, type SourceExpression } from './mapping.js';

/** Every file and column that the mapping's expressions name must be declared; answers what is not, by node. */
export function referencesOf(mapping: Mapping): string[] {
  const faults: string[] = [];
  const knownFile = (file: string, path: string) => {
    const known = Object.hasOwn(mapping.files, file);
    if (!known) faults.push(`${path}: there is no file "${file}" under files`);
    return known;
  };
  const column = (file: string, name: string, path: string) => {
    const declared = mapping.files[file];
    if (declared && !Object.hasOwn(declared.columns, name)) faults.push(`${path}: file "${file}" declares no column "${name}"`);
  };

  const where = (file: string, other: string, conditions: Record<string, Expression>, path: string) => {
    for (const [name, value] of Object.entries(conditions)) {
      column(other, name, `${path}.where.${name}`);
      visit(file, value, `${path}.where.${name}`);
    }
  };

  const visit = (file: string, node: BodyNode | undefined, path: string): void => {
    if (node === undefined || typeof node !== 'object') return;
    if (Array.isArray(node)) return node.forEach((item, index) => visit(file, item, `${path}.${index}`));
    if (!isExpression(node)) return Object.entries(node).forEach(([field, value]) => visit(file, value, `${path}.${field}`));
    switch (node.from) {
      case 'column': return column(file, node.name, `${path}.name`);
      case 'text': return columnsIn(node.template).forEach((name) => column(file, name, `${path}.template`));
      case 'lineNumber': return;
      case 'first': return node.of.forEach((item, index) => visit(file, item, `${path}.of.${index}`));
      case 'join': return node.parts.forEach((item, index) => visit(file, item, `${path}.parts.${index}`));
      case 'choice':
        visit(file, node.of, `${path}.of`);
        Object.entries(node.cases).forEach(([value, item]) => visit(file, item, `${path}.cases.${value}`));
        return visit(file, node.otherwise, `${path}.otherwise`);
      case 'lookup':
        if (!knownFile(node.file, `${path}.file`)) return;
        where(file, node.file, node.where, path);
        return visit(node.file, node.take, `${path}.take`);
      case 'birthNumberDate': case 'birthNumberSex': case 'phoneNumber': case 'sign': case 'magnitude':
        return visit(file, node.of, `${path}.of`);
    }
  };

  for (const [name, file] of Object.entries(mapping.files)) {
    const { delimiter, quote } = formatOf(mapping, file);
    if (delimiter === quote) faults.push(`files.${name}.format: ${JSON.stringify(quote)} cannot be delimiter and quote at once`);
    for (const [columnName, type] of Object.entries(file.columns)) {
      if (type.type !== 'date') continue;
      const path = `files.${name}.columns.${columnName}`;
      if (!type.format.includes('YYYY') && type.century === undefined) faults.push(`${path}.century: a year of two digits needs its century`);
    }
  }
  for (const part of ['customers', 'accounts', 'movements'] as const) {
    const stage = mapping[part];
    if (!stage || !knownFile(stage.file, `${part}.file`)) continue;
    for (const [field, node] of Object.entries(stage)) {
      if (field === 'file' || field === 'holders' || field === 'recordedBalance' || field === 'inDateOrder') continue;
      visit(stage.file, node as BodyNode, `${part}.${field}`);
    }
  }
  const { accounts, movements } = mapping;
  if (accounts?.holders && knownFile(accounts.holders.file, 'accounts.holders.file')) {
    where(accounts.file, accounts.holders.file, accounts.holders.where, 'accounts.holders');
    visit(accounts.holders.file, accounts.holders.customer, 'accounts.holders.customer');
    visit(accounts.holders.file, accounts.holders.role, 'accounts.holders.role');
  }
  if (movements?.recordedBalance) visit(movements.file, movements.recordedBalance.value, 'movements.recordedBalance.value');
  if (accounts && !mapping.customers) faults.push('customers: accounts need the customers that own them');
  if (movements && !accounts) faults.push('accounts: movements need the accounts they are on');
  return faults;
}

export const isExpression = (node: object): node is SourceExpression => 'from' in node && typeof node.from === 'string';

/** The columns that a template names in braces. */
export const columnsIn = (template: string): string[] => [...template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1]!);
