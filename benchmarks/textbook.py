"""A fully connected network with batch norm, dropout and Adam as textbooks write it: one NumPy line per formula."""

from __future__ import annotations

import numpy as np


class Textbook:
    """Trains on batches; every formula makes a new array, as it stands on paper."""

    def __init__(self, sizes: list[int], keep_ratio: float, reg: float, dtype: type, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.keep_ratio, self.reg, self.dtype = keep_ratio, reg, dtype
        self.params: dict[str, np.ndarray] = {}
        self.layers = len(sizes) - 1
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
            self.params[f"W{i}"] = (0.05 * self.rng.standard_normal((inputs, outputs))).astype(dtype)
            self.params[f"b{i}"] = np.zeros(outputs, dtype)
            if i < self.layers:
                self.params[f"gamma{i}"] = np.ones(outputs, dtype)
                self.params[f"beta{i}"] = np.zeros(outputs, dtype)
        self.m = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.v = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.running = {i: (np.zeros(sizes[i], dtype), np.zeros(sizes[i], dtype)) for i in range(1, self.layers)}
        self.t = 0

    def step(self, x: np.ndarray, y: np.ndarray, rate: float) -> float:
        loss, gradients = self.loss(x, y)
        self.t += 1
        for name, gradient in gradients.items():
            self.m[name] = 0.9 * self.m[name] + 0.1 * gradient
            self.v[name] = 0.999 * self.v[name] + 0.001 * gradient**2
            m_hat = self.m[name] / (1 - 0.9**self.t)
            v_hat = self.v[name] / (1 - 0.999**self.t)
            self.params[name] = self.params[name] - rate * m_hat / (np.sqrt(v_hat) + 1e-8)
        return loss

    def loss(self, x: np.ndarray, y: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        p, caches = self.params, []
        h = x.astype(self.dtype)
        for i in range(1, self.layers):
            z = np.dot(h, p[f"W{i}"]) + p[f"b{i}"]
            mean, var = np.mean(z, axis=0), np.var(z, axis=0)
            running_mean, running_var = self.running[i]
            self.running[i] = (0.9 * running_mean + 0.1 * mean, 0.9 * running_var + 0.1 * var)
            z_hat = (z - mean) / np.sqrt(var + 1e-5)
            a = p[f"gamma{i}"] * z_hat + p[f"beta{i}"]
            r = np.maximum(0, a)
            mask = (self.rng.random(r.shape) < self.keep_ratio).astype(self.dtype) / self.keep_ratio
            caches.append((h, z, mean, var, z_hat, a, mask))
            h = r * mask
        scores = np.dot(h, p[f"W{self.layers}"]) + p[f"b{self.layers}"]
        exponentials = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        probabilities = exponentials / np.sum(exponentials, axis=1, keepdims=True)
        n = len(x)
        loss = -np.mean(np.log(probabilities[np.arange(n), y]))
        loss += 0.5 * self.reg * sum(np.sum(p[f"W{i}"] ** 2) for i in range(1, self.layers + 1))

        gradients = {}
        d = probabilities.copy()
        d[np.arange(n), y] -= 1
        d = d / n
        last = self.layers
        gradients[f"W{last}"] = np.dot(h.T, d) + self.reg * p[f"W{last}"]
        gradients[f"b{last}"] = np.sum(d, axis=0)
        d = np.dot(d, p[f"W{last}"].T)
        for i in reversed(range(1, self.layers)):
            h, z, mean, var, z_hat, a, mask = caches[i - 1]
            d = d * mask
            d = d * (a > 0)
            gradients[f"gamma{i}"] = np.sum(d * z_hat, axis=0)
            gradients[f"beta{i}"] = np.sum(d, axis=0)
            d_hat = d * p[f"gamma{i}"]
            std = np.sqrt(var + 1e-5)
            d_var = np.sum(d_hat * (z - mean) * -0.5 * std**-3, axis=0)
            d_mean = np.sum(-d_hat / std, axis=0) + d_var * np.mean(-2 * (z - mean), axis=0)
            d = d_hat / std + d_var * 2 * (z - mean) / n + d_mean / n
            gradients[f"W{i}"] = np.dot(h.T, d) + self.reg * p[f"W{i}"]
            gradients[f"b{i}"] = np.sum(d, axis=0)
            d = np.dot(d, p[f"W{i}"].T)
        return float(loss), gradients
