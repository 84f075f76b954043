"""The ground everything stands on: errors, names, devices, number types, mode. Import the modules by name."""
