with

distinct_titles as (

    select value as job_title
    from {{ ref('raw_attribute_values') }}
    where attribute = 'job_title' and value is not null
    union
    select job_title
    from {{ ref('resolved_leads') }}
    where job_title is not null

),

titles as (

    select
        job_title,
        ' ' || lower(translate(job_title, ',.;:-/&()|+', '           ')) || ' ' as words
    from distinct_titles

),

matched as (

    select
        titles.job_title,
        patterns.attribute,
        patterns.value,
        row_number() over (
            partition by titles.job_title, patterns.attribute
            order by patterns.priority, patterns.value
        ) as match_rank
    from titles
    inner join {{ ref('job_titles') }} as patterns
        on {{ contains('titles.words', "' ' || lower(patterns.pattern) || ' '") }}

)

select
    job_title,
    attribute,
    value
from matched
where match_rank = 1
