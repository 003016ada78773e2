print('begun')
local function dive()
  return dive() + 1
end
dive()
