STDOUT.sync = true
puts 'begun'

def dive
  dive
end

dive
