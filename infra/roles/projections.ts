import { accessesProjection } from '../../projections/accesses/projection.js';
import { approvalsProjection } from '../../projections/approvals/projection.js';
import { customersProjection } from '../../projections/customers/projection.js';
import { ledgerProjection } from '../../projections/ledger/projection.js';
import { marketingProjection } from '../../projections/marketing/projection.js';
import { riskProjection } from '../../projections/risk/projection.js';
import { statisticsProjection } from '../../projections/statistics/projection.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { Projection } from '../../shared/read-store/projection.js';

/** Every read model of the bank. */
export const bankProjections = (vault: Vault): readonly Projection[] => [approvalsProjection, customersProjection(vault), ledgerProjection, accessesProjection, riskProjection, statisticsProjection, marketingProjection];
