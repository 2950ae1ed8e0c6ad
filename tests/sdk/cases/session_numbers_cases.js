// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Numbers of commands. That they are those of client/session_numbers.c, step by step: numbers.test.js.

import { SessionNumbers } from '../../../clients/js/src/session_numbers.js';
import { check } from '../check.js';

const take = (numbers, count) => Array.from({ length: count }, () => numbers.take());

export const cases = {
  'numbers begin at 1 and grow'() {
    check.equal(take(new SessionNumbers(), 3), [1, 2, 3]);
  },

  'the sixty-fifth waits for the first'() {
    const numbers = new SessionNumbers();
    take(numbers, 64);
    check.equal([numbers.hasRoom, numbers.take()], [false, 0]);
    numbers.answer(2, false);
    check.equal(numbers.take(), 0, 'the oldest is still open');
    numbers.answer(1, false);
    check.equal([numbers.take(), numbers.take(), numbers.take()], [65, 66, 0]);
  },

  'a freed number is taken again, once'() {
    const numbers = new SessionNumbers();
    take(numbers, 2);
    numbers.answer(2, true);
    check.equal(take(numbers, 2), [2, 3]);
  },

  'a freed number below one that is open waits until that is free too'() {
    const numbers = new SessionNumbers();
    take(numbers, 3);
    numbers.answer(1, true);
    numbers.answer(2, true);
    check.equal(numbers.take(), 4);
    numbers.answer(3, true);
    numbers.answer(4, true);
    check.equal(numbers.take(), 1);
  },

  'sixty-five refusals in a row do not leave the window'() {
    const numbers = new SessionNumbers();
    for (let round = 0; round < 200; round++) {
      const number = numbers.take();
      check.equal(number, 1);
      numbers.answer(number, true);
    }
  },
};
