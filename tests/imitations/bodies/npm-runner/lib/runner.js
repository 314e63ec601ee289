'use strict';

const { spawn } = require('child_process');
const path = require('path');
const fs = require('fs');

class Runner {
  constructor(options) {
    this.folder = options.folder || process.cwd();
    this.tasks = JSON.parse(fs.readFileSync(path.join(this.folder, 'tasks.json'), 'utf8'));
  }

  run(name) {
    const task = this.tasks[name];
    if (!task) throw new Error(`there is no task ${name}`);
    return new Promise((resolve, reject) => {
      const child = spawn(task.command, task.arguments || [], {
        cwd: this.folder,
        stdio: 'inherit',
        env: { ...process.env, ...task.env },
      });
      child.on('error', reject);
      child.on('exit', (code) => resolve(code));
    });
  }

  watch(name, pattern) {
    let running = false;
    return fs.watch(this.folder, { recursive: true }, async (event, file) => {
      if (running || !new RegExp(pattern).test(file)) return;
      running = true;
      await this.run(name);
      running = false;
    });
  }
}

module.exports = { Runner };
