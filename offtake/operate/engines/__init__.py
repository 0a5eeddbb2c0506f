"""Engines that run jobs, behind one port (`port`): local processes, Slurm, Ray and others."""
