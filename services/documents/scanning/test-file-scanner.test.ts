import t from 'tap';
import { scannerContract } from '../testing/scanner-contract.js';
import { testFileScanner } from './test-file-scanner.js';

t.test('the scanner that knows the test file', (t) => scannerContract(t, testFileScanner));
